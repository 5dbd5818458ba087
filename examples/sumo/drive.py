#!/usr/bin/env python3
"""Drives a SUMO network under `greenwave plant`, and prints what came of the trips.

    pip install eclipse-sumo
    python3 drive.py --net city.net.xml --routes city.rou.xml --control own,max-pressure,adaptive

`own` is the city's own program, without Greenwave. All others are passed on to `greenwave plant`. The
conversation is the plant protocol, docs/plant.md; nothing else of Greenwave is needed.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

try:
    import sumo

    os.environ.setdefault("SUMO_HOME", sumo.SUMO_HOME)
except ImportError:
    pass  # SUMO of another origin says itself where it is.
SUMO_HOME = os.environ.get("SUMO_HOME", "/usr/share/sumo")
sys.path.append(os.path.join(SUMO_HOME, "tools"))
try:  # Faster, where it is installed: the same functions without a socket.
    import libsumo as traci
except ImportError:
    import traci
from traci import constants as tc

STANDING = 0.1  # metres a second, as SUMO itself counts
SEEN = (tc.VAR_LANE_ID, tc.VAR_LANEPOSITION, tc.VAR_SPEED, tc.VAR_ROUTE_INDEX)


class Greenwave:
    """The program at the other end: one line there, one line back."""

    def __init__(self, words):
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, line):
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline() or '{"error": "it has ended"}')
        if "error" in answer:
            sys.exit(f"greenwave plant: {answer['error']}")
        return answer

    def bye(self):
        self.process.communicate(json.dumps({"bye": {}}) + "\n")


class Signal:
    """A junction: the phase that it shows, and since when, or the one that it changes to."""

    def __init__(self, name, phases):
        self.name, self.phases = name, phases
        self.stage, self.next, self.since = stages(phases)[0], None, None

    def tell(self, now, rules):
        """What is said of it at a moment; the light is set to the same."""
        if self.since is None:
            self.since = now
        if self.next is not None and now - self.since >= rules["clearance_s"]:
            self.since += rules["clearance_s"]
            self.stage, self.next = self.next, None
        told = {"stage": self.stage, "elapsed_s": now - self.since}
        if self.next is not None:
            told["next"] = self.next
        return told

    def demand(self, stage, now, rules):
        """Begins the change to a stage, where the rules allow it."""
        ready = self.next is None and now - self.since >= rules["min_green_s"]
        if ready and stage != self.stage:
            self.next, self.since = stage, now
            if rules["clearance_s"] == 0:
                self.stage, self.next = stage, None

    def show(self):
        """Green in both stages stays, green that is lost is yellow, all else is red."""
        state = self.phases[self.stage]
        if self.next is not None:
            both = zip(state, self.phases[self.next])
            state = "".join(
                ("r" if a not in "Gg" else a if b in "Gg" else "y") for a, b in both
            )
        traci.trafficlight.setRedYellowGreenState(self.name, state)


class Eyes:
    """Where the vehicles are, as the protocol wants it."""

    def __init__(self):
        self.lengths = {lane: traci.lane.getLength(lane) for lane in traci.lane.getIDList()}
        self.edges = {lane: traci.lane.getEdgeID(lane) for lane in self.lengths}
        self.routes, self.through = {}, {}
        signals = traci.trafficlight.getIDList()
        self.stop_lines = {
            lane for name in signals for lane in traci.trafficlight.getControlledLanes(name)
        }
        self.stood, self.longest = {}, 0.0

    def onward(self, lane):
        """From a lane inside a junction: the lane that is entered, and how far its stop line is from
        the end of this one."""
        if lane not in self.through:
            link = traci.lane.getLinks(lane)[0]
            way = link[4] or link[0]
            beyond = self.onward(way) if way.startswith(":") else (way, 0.0)
            self.through[lane] = (beyond[0], beyond[1] + self.lengths[way])
        return self.through[lane]

    def look(self, step):
        for vehicle in traci.simulation.getDepartedIDList():
            traci.vehicle.subscribe(vehicle, SEEN)
        lanes = {}
        for vehicle, seen in traci.vehicle.getAllSubscriptionResults().items():
            lane = seen[tc.VAR_LANE_ID]
            if not lane:  # It is being teleported.
                continue
            distance = self.lengths[lane] - seen[tc.VAR_LANEPOSITION]
            at = seen[tc.VAR_ROUTE_INDEX]
            route = self.routes.get(vehicle)
            if lane.startswith(":"):
                lane, more = self.onward(lane)
                distance, at = distance + more, at + 1
            else:
                self.watch(vehicle, lane, seen[tc.VAR_SPEED], step)
            if route is None or at >= len(route) or route[at] != self.edges[lane]:
                route = self.routes[vehicle] = traci.vehicle.getRoute(vehicle)
            told = [round(distance, 2), round(seen[tc.VAR_SPEED], 2)]
            if at + 1 < len(route) and route[at] == self.edges[lane]:
                told.append(route[at + 1])
            lanes.setdefault(lane, []).append(told)
        for vehicles in lanes.values():
            vehicles.sort(key=lambda vehicle: vehicle[0])
        return {lane: {"vehicles": vehicles} for lane, vehicles in lanes.items()}

    def watch(self, vehicle, lane, speed, step):
        """How long it has stood before one stop line, all stops together."""
        edge, stood = self.stood.get(vehicle, (None, 0.0))
        if edge != self.edges[lane]:
            stood = 0.0
        if speed < STANDING and lane in self.stop_lines:
            stood += step
            self.longest = max(self.longest, stood)
        self.stood[vehicle] = (self.edges[lane], stood)


def drive(options, control):
    """One run; what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        trips = os.path.join(folder, "trips.xml")
        inputs = ["-c", options.config] if options.config else ["-n", options.net, "-r", options.routes]
        more = ["-a", options.additional] if options.additional else []
        quiet = ["--no-step-log", "--no-warnings", "--duration-log.disable"]
        noted = ["--tripinfo-output", trips, "--tripinfo-output.write-unfinished"]
        clock = ["--step-length", str(options.step), "--seed", str(options.seed)]
        # TraCI tells of its attempts on standard output, which is for figures here.
        with contextlib.redirect_stdout(sys.stderr):
            traci.start([options.sumo, *inputs, *more, *quiet, *noted, *clock])
        run = follow(options, control)
        traci.close()
        return summed(ElementTree.parse(trips).getroot(), run)


def follow(options, control):
    """Runs to the end, with what the file of trips does not say."""
    eyes, signals, greenwave = Eyes(), [], None
    rules = {"min_green_s": options.min_green, "clearance_s": options.clearance}
    if control != "own":
        words = [options.greenwave, "plant", "--network", options.net, "--control", control]
        if options.summary:
            words += ["--summary", f"{options.summary}.{control}.json"]
        greenwave = Greenwave(words)
        hello = {"protocol": 1, "step_s": options.step, "rules": rules}
        names = greenwave.ask({"hello": hello})["ready"]["junctions"]
        programs = first_programs(options.net)
        signals = [Signal(name, programs[name]) for name in names]
    begin = now = traci.simulation.getTime()
    teleports = 0
    while now < begin + options.seconds:
        lanes = eyes.look(options.step)
        if greenwave:
            told = {signal.name: signal.tell(now, rules) for signal in signals}
            step = {"time_s": now, "signals": told, "lanes": lanes}
            demanded = greenwave.ask({"step": step})["demand"]["stages"]
            for signal in signals:
                signal.demand(demanded.get(signal.name, signal.stage), now, rules)
                signal.show()
        traci.simulationStep()
        now = traci.simulation.getTime()
        teleports += traci.simulation.getStartingTeleportNumber()
        if options.until_empty and traci.simulation.getMinExpectedNumber() == 0:
            break
    if greenwave:
        greenwave.bye()
    pending = traci.simulation.getPendingVehicles()
    outside = sum(traci.vehicle.getDepartDelay(vehicle) for vehicle in pending)
    return {"never_inserted": len(pending), "outside_s": outside, "teleports": teleports,
            "longest_wait_s": eyes.longest}


def first_programs(net):
    """The states of the phases of each signal's first program, as the file has them."""
    programs = {}
    for _, element in ElementTree.iterparse(net):
        if element.tag == "tlLogic":
            states = [phase.get("state") for phase in element.iter("phase")]
            programs.setdefault(element.get("id"), states)
        if element.tag != "phase":
            element.clear()
    return programs


def stages(phases):
    """The phases that may be demanded where hello names none."""
    always = [all(state[at] in "Gg" for state in phases) for at in range(len(phases[0]))]
    ruled = [
        any(letter in "Gg" and not free for letter, free in zip(state, always))
        and not any(letter in "yYu" for letter in state)
        for state in phases
    ]
    return [index for index, is_stage in enumerate(ruled) if is_stage]


def summed(trips, run):
    """The figures of a run. A trip that has not ended counts until now, one that has not begun waits."""
    trips = trips.findall("tripinfo")
    finished = sum(float(trip.get("arrival")) >= 0 for trip in trips)
    mean = lambda values, of: round(sum(values) / max(of, 1), 2)
    total = lambda key: [float(trip.get(key)) for trip in trips]
    everybody = len(trips) + run["never_inserted"]
    depart_delay = total("departDelay") + [run["outside_s"]]
    return {
        "trips": everybody,
        "finished": finished,
        "never_inserted": run["never_inserted"],
        "duration_s": mean(total("duration"), len(trips)),
        "time_loss_s": mean(total("timeLoss"), len(trips)),
        "depart_delay_s": mean(depart_delay, everybody),
        "delay_s": mean(total("timeLoss") + depart_delay, everybody),
        "longest_wait_s": run["longest_wait_s"],
        "teleports": run["teleports"],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--net", required=True, help="the .net.xml")
    parser.add_argument("--routes", help="vehicles, .rou.xml; several with commas between")
    parser.add_argument("--config", help="a .sumocfg, instead of --routes")
    parser.add_argument("--additional", help="additional files")
    parser.add_argument("--control", default="own,max-pressure", help="names, with commas between")
    parser.add_argument("--seconds", type=float, default=3600.0)
    parser.add_argument("--until-empty", action="store_true", help="end when the last has arrived")
    parser.add_argument("--step", type=float, default=1.0, help="seconds a step")
    parser.add_argument("--min-green", type=float, default=5.0)
    parser.add_argument("--clearance", type=float, default=3.0, help="yellow between two stages, s")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--greenwave", default="greenwave", help="the program")
    parser.add_argument("--sumo", default=os.path.join(SUMO_HOME, "bin", "sumo"), help="the program")
    parser.add_argument("--summary", help="where plant's own summaries go: this, the control, .json")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    options = parser.parse_args()
    if not (options.routes or options.config):
        parser.error("--routes or --config says what drives")
    results = {control: drive(options, control) for control in options.control.split(",")}
    if options.json:
        print(json.dumps(results))
        return
    columns = list(next(iter(results.values())))
    print(" | ".join(["control", *columns]))
    for control, figures in results.items():
        print(" | ".join([control, *(str(figures[column]) for column in columns)]))


if __name__ == "__main__":
    main()
