// Made by scripts/types.mjs from docs/openapi.json. Not written by hand.

/** What is to be different; what is not given stays. */
export interface AccountChangeDto {
  /** Whether the person is kept out for now. */
  locked: boolean | null;
  password: Secret | null;
  /** What the person is here for. */
  roles: RoleName[] | null;
}

/** A person. */
export interface AccountDto {
  /** Whether the person is kept out for now. */
  locked: boolean;
  /** Stands beside each action in the event log. */
  name: string;
  /** What the person is here for. */
  roles: RoleName[];
}

/** Everybody. */
export interface AccountsDto {
  /** In the order in which they were made. */
  accounts: AccountDto[];
  /** Whether people sign in here. */
  on: boolean;
}

/** An acknowledgement. */
export interface AcknowledgeDto {
  /** What is to be remembered; it stands in the event log. Nothing need be said. */
  comment?: string;
}

/** What a person has done about an alarm. */
export interface ActDto {
  /** When it was acknowledged, or until when it is suspended, UTC, RFC 3339. */
  utc: string;
  /** Who. */
  who: string;
  /** The comment or reason. */
  words: string;
}

/** An alarm. */
export interface AlarmDto {
  acknowledged: ActDto | null;
  /** When it was over; `null` while it lasts. */
  cleared_utc: string | null;
  /** The number of the active alarm that explains it. */
  explained_by: number | null;
  /** Its number, until the daemon starts again. */
  id: number;
  /** What kind of thing is wrong. */
  kind: AlarmName;
  /** The line, device or junction; empty for the site itself. */
  place: string;
  /** How grave it is. */
  priority: PriorityName;
  /** Since when, UTC, RFC 3339. */
  since_utc: string;
  suspended: ActDto | null;
  /** What it is, in words. */
  text: string;
  /** How often it came since the daemon started, or since it was forgotten. */
  times: number;
}

/** What kind of thing is wrong. */
export type AlarmName = "violations" | "events-lost" | "line" | "device" | "flashing" | "fault";

/** The alarms. */
export interface AlarmsDto {
  /** The gravest first, then the newest. */
  alarms: AlarmDto[];
}

/** Another way. */
export interface AlternativeDto {
  links: string[];
  /** How long it takes. */
  takes_s: number;
}

/** A way off a link that has a signal. */
export interface ApproachDto {
  /** The name of the group that rules it. */
  group: string;
  /** The link that is left. */
  link: number;
  /** Which way it turns: `straight`, `left`, `right`, `u-turn`. */
  turn: string;
}

/** What a person has asked for at a junction. */
export interface AskedDto {
  /** In how many seconds it ends by itself. */
  left_s: number;
  /** The number of the stage, plan or preempt, from 1. */
  number: number;
  /** What. */
  what: AskedName;
}

/** What a person can ask for at a junction for a time. */
export type AskedName = "hold" | "plan" | "preempt";

/** What a signal group shows. */
export type AspectName = "dark" | "red" | "red-yellow" | "green" | "yellow" | "flashing-green" | "flashing-yellow";

/** Where a case stands. */
export interface CaseDto {
  /** Its state. */
  state: string;
}

/** What has changed; what is missing has not. */
export interface ChangeDto {
  /** All corridors that are open, where anything of them has changed. */
  corridors: CorridorDto[] | null;
  counters: CountersDto | null;
  /** Devices that changed or answered again, each as a whole. */
  devices?: DeviceDto[];
  /** Junctions that changed or were read again, each as a whole. */
  junctions?: JunctionDto[];
  mode: ModeName | null;
  store: StoreDto | null;
  /** When it was so. */
  time: TimeDto;
}

/** A change of the plan. */
export interface ChangeOverDto {
  /** Seconds after midnight, in the site's time zone. */
  from_s: number;
  /** The plan's number. */
  plan: number;
}

/** The outcome of a change: what became of a position, or what was done. */
export type ChangedDto = VerdictDto | DoneDto;

/** What sort of vehicle; the earlier one goes first where two want what cannot be had at once. */
export type ClassName = "fire" | "ambulance-with-patient" | "ambulance" | "police" | "utility" | "escort";

/** Every kind of problem there is. */
export type Code = "bad_request" | "bad_cursor" | "bad_body" | "body_too_large" | "wrong_content_type" | "wrong_origin" | "wrong_host" | "unauthorised" | "forbidden" | "too_many_attempts" | "no_tokens" | "not_found" | "method_not_allowed" | "unknown_junction" | "unknown_account" | "unknown_what_if" | "unknown_alarm" | "unknown_corridor" | "unknown_place" | "no_route" | "expired" | "too_long" | "too_many_corridors" | "vehicle_has_corridor" | "replayed" | "class_not_allowed" | "area_not_allowed" | "too_often" | "contradictory" | "unknown_record" | "refused" | "site_refused" | "too_many_streams" | "busy" | "timeout" | "unavailable" | "store" | "internal";

/** A junction's plan on the common clock. */
export interface CoordinationDto {
  /** The plan's cycle. */
  cycle_s: number;
  /** Where in the cycle the plan is. */
  cycle_second_s: number;
  /** The plan that the calendar has next; `null` where this one stays for a week. */
  next_plan: string | null;
  /** When, in the site's time zone. */
  next_plan_at: string | null;
  /** What is to be added (positive) or taken away (negative) until the plan is in step. */
  out_of_step_s: number;
  /** The calendar's plan. */
  plan: string;
  /** How the plan stands to the clock. */
  state: CoordinationName;
}

/** How a plan stands to the common clock. */
export type CoordinationName = "free" | "in-step" | "add" | "subtract" | "dwell";

/** What is to be changed: one of the three. */
export interface CorridorChangeDto {
  /** It comes so much later; sooner where it is negative. */
  delay_s: number | null;
  destination: PlaceDto | null;
  position: PositionDto | null;
}

/** A corridor. */
export interface CorridorDto {
  /** Other ways when it was asked for. */
  alternatives: AlternativeDto[];
  /** When the vehicle is expected at its destination; `null` once the corridor is over. */
  arrives_utc: string | null;
  /** Who asked for it. */
  by: string;
  class: ClassName;
  /** The destination's name, where it has one. */
  destination: string | null;
  /** The destination's link. */
  destination_link: string | null;
  /** Whether all of it is a drill. */
  drill: boolean;
  /** When it ends at the latest, whatever happens. */
  ends_at_latest_utc: string;
  /** Its number, from 1 since the daemon started. */
  id: number;
  incident: IncidentName;
  /** The junctions with signals on its way, those that were passed among them. */
  junctions: CorridorJunctionDto[];
  level: number;
  /** Its way: the names of its links. */
  links: string[];
  /** When it was opened, UTC, RFC 3339. */
  opened_utc: string;
  /** Why it is over: `arrived`, `cancelled`, `expired`, `vanished`, `no-way`, `reloaded`; `null` while it is open. */
  over: string | null;
  /** When it was over. */
  over_utc: string | null;
  position: PlacedDto | null;
  /** Who answers for the roads of its way. */
  responsible: string[];
  /** Whether positions of the vehicle come in; where not, it goes by the forecast. */
  tracked: boolean;
  vehicle: string;
}

/** A junction of a corridor. */
export interface CorridorJunctionDto {
  /** For how long the junction was asked for. */
  asked_s: number | null;
  /** When it was asked to open. */
  cleared_utc: string | null;
  /** How much later the vehicle passed than on an empty road since the junction before. */
  delay_s: number | null;
  /** The soonest that the vehicle may come; */
  earliest_utc: string | null;
  /** when it is expected; */
  expected_utc: string | null;
  /** Whether it can be open in time. */
  in_time: boolean;
  /** and the latest. */
  latest_utc: string | null;
  /** How often the vehicle did not come while it was open for as long as may be. */
  missed: number;
  name: string;
  /** From when on it is to be open, UTC, RFC 3339. */
  open_from_utc: string | null;
  /** When it was open. */
  opened_utc: string | null;
  /** When the vehicle passed. */
  passed_utc: string | null;
  /** When nothing was asked of it any more. */
  released_utc: string | null;
  /** `waiting`, `clearing`, `open`, `passed`, `missed`, `released`. */
  state: string;
  /** Why that one does. */
  yields_because: string | null;
  /** The number of the corridor that goes first here. */
  yields_to: number | null;
}

/** What became of a corridor. */
export interface CorridorReportDto {
  /** Positions that were passed over because the vehicle cannot have been there. */
  contradictions: number;
  /** All of it. */
  corridor: CorridorDto;
  /** The delays of the vehicle at the junctions that it has passed, together. */
  delay_s: number;
  /** From its opening to its end, or to now. */
  lasted_s: number;
  /** Those of them that were open before it came. */
  open_before: number;
  /** Junctions that it has passed. */
  passed: number;
  /** How often it went another way, when, and why. */
  replanned: ReplanDto[];
}

/** A request for a corridor. */
export interface CorridorRequestDto {
  class: ClassName;
  /** When it sets off, from now. */
  departs_in_s?: number;
  /** Where it wants to. */
  destination: PlaceDto;
  /** Whether all of it is a drill: it is done, and marked so everywhere. */
  drill?: boolean;
  /** For how long the request holds; missing: 600 s, which is also the longest that a corridor lasts. */
  expires_in_s: number | null;
  incident: IncidentName;
  /** How urgent within its class, 0 least. */
  level?: number;
  origin: PlaceDto | null;
  /** How fast it drives where nothing holds it; missing: 15 m/s. */
  speed_m_per_s: number | null;
  /** The vehicle: as its terminal is named in the site file, or by its plate or call sign. */
  vehicle: string;
}

/** A count of vehicles. */
export interface CountDto {
  /** In how many seconds. */
  seconds: number;
  /** How many. */
  vehicles: number;
}

/** What was counted since the start. */
export interface CountersDto {
  /** Decisions taken. */
  decisions: number;
  /** Demands sent, renewals among them. */
  demands: number;
  /** Modbus requests that failed. */
  errors: number;
  /** Demands that the interlock refused. */
  refusals: number;
  /** Modbus requests sent. */
  requests: number;
  /** Demands that were not written, or never showed within their lease. */
  unanswered_demands: number;
  /** What the monitor found. */
  violations: number;
}

/** A kind of day. */
export interface DayDto {
  /** From when which plan runs. */
  changes: ChangeOverDto[];
  /** Its name. */
  name: string;
}

/** A device: one Modbus unit. Those that do not answer are listed too. */
export interface DeviceDto {
  /** The time since its last answer; `null` where there never was one. */
  age_s: number | null;
  /** Whether its line is connected. */
  connected: boolean;
  /** The age of the oldest data that its polls keep fresh; `null` where any was never read. */
  data_age_s: number | null;
  /** Requests that failed. */
  failures: number;
  /** Its last failure. */
  last_failure: string | null;
  /** The line that it is on. */
  line: string | null;
  /** Its name. */
  name: string;
  /** Requests sent to it. */
  requests: number;
  /** `identifying`, `online`, or `open`: left alone but for a probe. */
  state: string;
  /** Its number there. */
  unit: number | null;
}

/** What was done. */
export interface DoneDto {
  /** In words. */
  done: string;
}

/** An event of the log. */
export interface EventDto {
  /** With which device. */
  device: string | null;
  indiana: IndianaDto | null;
  /** At which junction. */
  junction: string | null;
  /** What kind of event. */
  kind: string;
  /** Whether it is one of safety. */
  safety: boolean;
  /** Its place in the order of all; a cursor. */
  sequence: number;
  /** What has happened, in words. */
  text: string;
  /** When, UTC, RFC 3339. */
  utc: string;
}

/** What was found. */
export interface EventsDto {
  /** Events whose bytes were damaged on the disk; they are not among the others. */
  damaged: number[];
  /** The events, in order. */
  events: EventDto[];
  /** Whether there may be more to read by now. */
  more: boolean;
  /** Where to read on: the next request's `after`. It moves on even where nothing was found. */
  next: number;
}

/** What is to be taken out. */
export interface ExportDto {
  /** Whether it is to be sent on as confirmed; refused where it is not. */
  as_confirmed?: boolean;
  /** Sealed fields to leave out, by their names, as `others_in_the_images`. */
  leave_out?: string[];
  /** What for, 1 to 300 characters; it is kept, and must not name the plate. */
  purpose: string;
}

/** The first administrator. */
export interface FirstDto {
  /** The administrator's name. */
  name: string;
  /** A password of 12 characters or more. */
  password: Secret;
  /** The one-time token, which lies beside the event store. */
  token: Secret;
}

/** Numbers that were not shown in their turn. */
export interface GapDto {
  /** The first of them. */
  from: number;
  /** Whether they follow now, from the store. Where not, they are kept no more or never were. */
  kept: boolean;
  /** The last of them. */
  to: number;
}

/** A signal group. */
export interface GroupDto {
  /** What it shows. */
  aspect: AspectName;
  /** Its name. */
  name: string;
}

/** Who a group serves. */
export type GroupKindName = "vehicle" | "pedestrian";

/** How it is. */
export type Health = "ok" | "failing";

/** The answer. */
export interface HealthDto {
  /** Why, where it does not work. */
  reasons: HealthReason[];
  /** How it is. */
  status: Health;
}

/** Why it does not. */
export type HealthReason = "state_stale" | "store_failing" | "events_lost" | "stopping";

/** A hold. */
export interface HoldDto {
  /** Why; it stands in the event log. */
  reason: string;
  /** For how long, seconds; it ends by itself. */
  seconds: number;
  /** The stage, from 1. */
  stage: number;
}

/** A date of another kind. */
export interface HolidayDto {
  /** The date, as `2026-10-01`. */
  date: string;
  /** The kind of day. */
  day: string;
}

/** Why the vehicle drives. */
export type IncidentName = "medical" | "fire" | "rescue" | "crime" | "hazard" | "transport";

/** A code of the Indiana high-resolution enumeration. */
export interface IndianaDto {
  /** The event code. */
  code: number;
  /** Its parameter: a group or stage, from 1. */
  parameter: number;
}

/** A signalised junction. */
export interface JunctionDto {
  /** The age of what was read; `null` where nothing ever was. */
  age_s: number | null;
  /** Where its displays count down: in how many seconds the green that runs was announced to end; `null` while that is not decided. 0 once it is due. */
  announced_end_s: number | null;
  /** The stage that follows it. */
  announced_next: number | null;
  /** What people have asked for here, each until its time is over. */
  asked: AskedDto[];
  /** Its plan on the common clock. */
  coordination: CoordinationDto;
  /** The time in the stage or transition when it was read. */
  elapsed_s: number | null;
  /** What its groups showed when it was read; empty where that is not known. */
  groups: GroupDto[];
  /** Its number in the network; another one after a reload. The name stays. */
  id: number;
  /** What was left of the demand's lease when it was read; 0 where none is held. */
  lease_left_s: number | null;
  /** Its name. */
  name: string;
  /** The stage that a transition leads to. */
  next: number | null;
  /** Vehicles that queue on its approaches, as estimated. */
  queue_vehicles: number | null;
  /** The queue on each link that leads here, as estimated when this was sent. */
  queues: QueueDto[];
  /** Why the last decision was taken. */
  reason: string;
  /** What the planner would do and why, where the site has it look on; else `null`. */
  shadow: string | null;
  /** Who controls it. */
  source: SourceName;
  /** The stage that runs, from 1; `null` in a transition, or where it is not known. */
  stage: number | null;
  /** Metres east of the site's origin. */
  x_m: number;
  /** Metres north of it. */
  y_m: number;
}

/** The plans of a junction. */
export interface JunctionPlansDto {
  /** The kinds of days. */
  days: DayDto[];
  /** The dates that are of another kind. */
  holidays: HolidayDto[];
  /** The junction's name. */
  name: string;
  /** Its plans; the first is the cabinet's own. */
  plans: PlanDto[];
  /** The kind of each weekday, from Monday. */
  week: string[];
}

/** What is kept, in figures. */
export interface KeepingDto {
  /** The last checkpoint: note it elsewhere, and no tail can be cut unseen. */
  checkpoint: string | null;
  /** Confirmed detections that are kept. */
  confirmed: number;
  /** Entries that were deleted, each with its tombstone. */
  deleted: number;
  /** Detections that nobody has judged. */
  detected: number;
  /** Entries of the chain. */
  entries: number;
  /** The fingerprint of its key. */
  fingerprint: string;
  /** What key vehicles are watched for, where they are. */
  key_vehicles_purpose: string | null;
  /** Detections that were lost because the disk could not keep up. */
  lost: number;
  /** Rejected detections that are kept. */
  rejected: number;
  /** Detections that wait for the second pair of eyes. */
  seen: number;
  /** The station's name. */
  station: string;
}

/** A lane. */
export interface LaneDto {
  /** The age of what is known of the queue. */
  age_s: number | null;
  arrived: CountDto | null;
  /** Its number on the link, from 1, nearest the middle of the road. */
  lane: number;
  left: CountDto | null;
  /** The number of its link. */
  link: number;
  /** Vehicles in its queue; `null` where nothing fresh is known. */
  queue_vehicles: number | null;
  /** Vehicles on it; `null` where no tracker tells. */
  vehicles: number | null;
}

/** The lanes that lead to a junction. */
export interface LanesDto {
  /** Link by link, from the middle of the road outwards. */
  lanes: LaneDto[];
}

/** A directed road. */
export interface LinkDto {
  /** The number of the junction where it begins. */
  from: number;
  /** Its number. */
  id: number;
  /** How many lanes it has. */
  lanes: number;
  /** Its length. */
  length_m: number;
  /** Its name. */
  name: string;
  /** Its course, metres east and north. */
  points_m: number[][];
  /** Its speed limit. */
  speed_m_per_s: number;
  /** The number of the junction where it ends. */
  to: number;
}

/** By which rule junctions are controlled. */
export type ModeName = "fixed" | "actuated" | "max-pressure" | "adaptive";

/** The roads. */
export interface NetworkDto {
  /** How often the site was loaded when this was so. */
  epoch: number;
  /** All junctions, signalised or not. */
  junctions: NodeDto[];
  /** All links. */
  links: LinkDto[];
}

/** A new person. */
export interface NewAccountDto {
  /** 1 to 60 characters. */
  name: string;
  /** 12 to 200 characters; the person can give another one. */
  password: Secret;
  /** What the person is here for; at least one. */
  roles: RoleName[];
}

/** A junction. */
export interface NodeDto {
  /** Its number. */
  id: number;
  /** Its name. */
  name: string;
  signals: SignalsDto | null;
  /** Metres east of the site's origin. */
  x_m: number;
  /** Metres north of it. */
  y_m: number;
}

/** Nothing more to say: `{}`. */
export type NothingDto = Record<string, unknown>;

/** A new password. */
export interface PasswordDto {
  /** The one that is to count. */
  new: Secret;
  /** The password that counts now. */
  old: Secret;
}

/** A place: one of a link with its offset, degrees, metres, or a name of the site file. */
export interface PlaceDto {
  /** Degrees north, WGS-84; with `longitude`. */
  latitude: number | null;
  /** A link's name; with `offset_m`. */
  link: string | null;
  /** Degrees east. */
  longitude: number | null;
  /** Metres from the link's begin. */
  offset_m: number | null;
  /** A place of the site file. */
  place: string | null;
  /** Metres east of the site's origin; with `y_m`. */
  x_m: number | null;
  /** Metres north of it. */
  y_m: number | null;
}

/** Where a vehicle was placed. */
export interface PlacedDto {
  /** The standard deviation along the link. */
  deviation_m: number;
  link: string;
  offset_m: number;
  speed_m_per_s: number;
  /** When that was so, UTC, RFC 3339. */
  utc: string;
}

/** A plan. */
export interface PlanDto {
  /** Its cycle. */
  cycle_s: number;
  /** Its name. */
  name: string;
  /** Its number at the junction, from 1. */
  number: number;
  /** How long after the common zero its cycle begins. */
  offset_s: number;
  /** Its stages, in order. */
  splits: SplitDto[];
}

/** The plans of the site. */
export interface PlansDto {
  /** How often the site was loaded when this was so. */
  epoch: number;
  /** The signalised junctions, in the order of the state. */
  junctions: JunctionPlansDto[];
}

/** Where a vehicle is. */
export interface PositionDto {
  /** When it was measured, RFC 3339; missing: now. */
  at: string | null;
  /** Degrees clockwise from north. */
  heading_degrees: number | null;
  /** Degrees north, WGS-84 (not shifted as on Chinese maps); with `longitude`. */
  latitude: number | null;
  /** A link's name; with `offset_m`. */
  link: string | null;
  /** Degrees east. */
  longitude: number | null;
  /** Metres from the link's begin. */
  offset_m: number | null;
  /** How fast it drives. */
  speed_m_per_s: number | null;
  /** Its standard deviation along each axis; missing: 8 m. */
  spread_m: number | null;
  /** Metres east of the site's origin; with `y_m`. */
  x_m: number | null;
  /** Metres north of it. */
  y_m: number | null;
}

/** How grave an alarm is. */
export type PriorityName = "safety" | "high" | "medium";

/** A problem as it is answered. */
export interface Problem {
  /** Which of the closed list it is. */
  code: Code;
  /** What exactly, in a sentence. */
  detail: string;
  /** Every mistake, where there can be several. */
  mistakes: string[];
  /** The HTTP status. */
  status: number;
  /** What it is, in a few words. */
  title: string;
  /** A name for the kind of problem, for tools that know RFC 9457. */
  type: string;
}

/** How far a question is. */
export interface ProgressDto {
  /** The comparison of today with the change, once it is there. */
  answer?: unknown;
  /** Its number. */
  id: number;
  /** The process that answers it, while it runs. */
  process: number | null;
  /** Why there is none. */
  reasons: string[];
  /** How far it is. */
  state: ProgressName;
}

/** How far a question is. */
export type ProgressName = "running" | "answered" | "failed" | "ended";

/** The queue on a link. */
export interface QueueDto {
  /** The link's number in the network. */
  link: number;
  /** Vehicles that queue on its lanes of which something fresh is known; `null` where that is none. */
  vehicles: number | null;
}

/** A record. */
export interface RecordDto {
  /** When it was written, Unix milliseconds. */
  at: number;
  /** Its fields by their names; null where they are sealed and not shown here. */
  fields: Record<string, unknown>;
  /** The hash of its entry. */
  hash: string;
  /** Its number. */
  index: number;
  /** `detection` or `vehicle`. */
  kind: string;
  /** Where it stands: `detected`, `seen`, `confirmed`, `rejected`. */
  state: string | null;
  /** What was decided of it. */
  steps: StepDto[];
}

/** Records. */
export interface RecordsDto {
  /** Where to read on: the next request's `from`. */
  next: number;
  /** Them, in order. */
  records: RecordDto[];
}

/** That a corridor went another way. */
export interface ReplanDto {
  /** `off-route`, `blocked`, `quicker`, `destination`. */
  because: string;
  utc: string;
}

/** A step. */
export interface ReviewDto {
  /** Why; whoever rejects must say. */
  reason?: string;
  /** `confirm` or `reject`. */
  step: string;
}

/** What a request needs its asker to be allowed. */
export type Right = "look" | "operate" | "engineer" | "dispatch" | "review" | "audit" | "administer";

/** What somebody is here for. */
export type RoleName = "view" | "audit" | "review" | "dispatch" | "operate" | "engineer" | "administer";

/** A password or a one-time token on its way in: it is never shown. */
export type Secret = string;

/** A plan for a time. */
export interface SelectPlanDto {
  /** The plan's number at the junction, from 1. */
  plan: number;
  /** Why; it stands in the event log. */
  reason: string;
  /** For how long, seconds; it ends by itself. */
  seconds: number;
}

/** A mode. */
export interface SetModeDto {
  /** By which rule junctions are to be controlled. */
  mode: ModeName;
}

/** A token, or a name and a password. */
export interface SignInDto {
  /** A person's name. */
  name: string | null;
  password: Secret | null;
  /** A token as it was shown when it was made. */
  token: string | null;
}

/** A signal group. */
export interface SignalGroupDto {
  /** Whether it serves vehicles or pedestrians. */
  kind: GroupKindName;
  /** Its name. */
  name: string;
}

/** The signals of a junction. */
export interface SignalsDto {
  /** Which group rules which way off a link. */
  approaches: ApproachDto[];
  /** Its signal groups, in the order of the state. */
  groups: SignalGroupDto[];
  /** Its stages. */
  stages: StageDto[];
}

/** The site that runs. */
export interface SiteDto {
  /** How often it was loaded, 1 at the start. Where it has changed, so may have everything. */
  epoch: number;
  /** Its name. */
  name: string;
  /** Its time zone. */
  time_zone: string;
}

/** A place of the site file. */
export interface SitePlaceDto {
  /** `hospital`, `fire-station`, `rescue-point`. */
  kind: string;
  link: string;
  name: string;
  offset_m: number;
}

/** Who controls a junction. */
export type SourceName = "fault" | "operator" | "corridor" | "adaptive" | "coordinated" | "local";

/** A stage of a plan. */
export interface SplitDto {
  /** From its demand until it is green: what the stage before it must clear. */
  clearance_s: number;
  /** Its maximum green, where another stage has a call. */
  max_green_s: number;
  /** Its minimum green. Clearance and minimum green are the least that the split can be. */
  min_green_s: number;
  /** How long it lasts, the clearance towards it among that. */
  split_s: number;
  /** The stage's number. */
  stage: number;
  /** When in the cycle it is demanded. */
  start_s: number;
}

/** A stage. */
export interface StageDto {
  /** The names of the groups that are green in it. */
  groups: string[];
  /** The longest, where another stage has a call. */
  max_green_s: number;
  /** The shortest time in it. */
  min_green_s: number;
  /** Its name. */
  name: string;
  /** Its number, from 1. */
  number: number;
}

/** All of it at one moment. */
export interface StateDto {
  /** Emergency corridors that are open, the oldest first. */
  corridors: CorridorDto[];
  /** What was counted. */
  counters: CountersDto;
  /** The devices, in the site's order. */
  devices: DeviceDto[];
  /** The signalised junctions, in the site's order. */
  junctions: JunctionDto[];
  /** By which rule junctions are controlled. */
  mode: ModeName;
  /** The site. */
  site: SiteDto;
  /** How many times real time its clock runs; 1 on a street. */
  speed: number;
  /** When the daemon started, UTC, RFC 3339. */
  started_utc: string;
  /** The event store. */
  store: StoreDto;
  /** When this was so. */
  time: TimeDto;
  /** The daemon's version. */
  version: string;
}

/** A step of a review. */
export interface StepDto {
  /** When, Unix milliseconds. */
  at: number;
  /** Its entry. */
  index: number;
  /** Why. */
  reason: string | null;
  /** What was done. */
  step: string;
  /** By whom. */
  who: string;
}

/** The event store. */
export interface StoreDto {
  /** The number of the last acknowledged event; 0 where there is none. */
  last: number;
  /** Events that were lost since the start because the disk could not keep up. */
  lost: number;
}

/** A suspension. */
export interface SuspendDto {
  /** Why; it stands in the event log. */
  reason: string;
  /** For how long, seconds; 0 ends it. */
  seconds: number;
}

/** A question that was taken. */
export interface TakenDto {
  /** Its number. */
  id: number;
}

/** The time of a picture. */
export interface TimeDto {
  /** Seconds on the daemon's own clock since it started; it only goes forward. The age of a datum that was not sent again is its `age_s` and the difference of this. */
  clock_s: number;
  /** The same in the site's time zone, for people. */
  local: string;
  /** Civil time, UTC, RFC 3339. */
  utc: string;
}

/** What became of a position. */
export interface VerdictDto {
  /** Whether it counts. */
  taken: boolean;
  /** `taken`, `taken-late` (after a newer one), `repeated`, `too-old`, `ahead` (of now), `off-road`, `contradicts` (it cannot have come there), `no-place`, `not-of-it`. */
  verdict: string;
}

/** What came of a check. */
export interface VerificationDto {
  /** Entries that were checked. */
  entries: number;
  /** What does not hold, each with its place. */
  faults: string[];
  /** Whether everything holds. */
  holds: boolean;
}

/** A question. */
export interface WhatIfDto {
  /** What is changed: the text of a change file (TOML). */
  change: string;
  /** Simulated seconds. */
  seconds?: number;
  /** How many pairs of runs. */
  seeds?: number;
}

/** Who asks. */
export interface WhoDto {
  /** The person's or the token's name, or `local`. */
  name: string;
  /** What they may do. */
  rights: Right[];
  /** Of the roles the one that may change most. */
  role: RoleName;
  /** What they are here for. */
  roles: RoleName[];
}
