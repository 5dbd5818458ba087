#!/usr/bin/env python3
"""Drives CityFlow under `greenwave plant` by a protocol of the literature, and prints what came of it.

    python3 drive.py --preset xlight --network roadnet.json --flow flow.json --control max-pressure

Needs CityFlow's Python module, which is built from its source. The conversation is the plant protocol,
docs/plant.md.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile

import cityflow

# Seconds from decision to decision, seconds of phase 0 within them after a change, phases, lane change.
PRESETS = {
    "xlight": (15, 5, 4, True),
    "llmlight": (30, 5, 4, True),
    "coordlight": (5, 2, 8, False),
}
STANDING = 0.1  # metres a second, as the literature counts queues


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


class Roads:
    """What the network's file says of lengths: CityFlow tells how far a vehicle has come, the protocol
    asks how far it has to go."""

    def __init__(self, path):
        with open(path) as file:
            net = json.load(file)
        widths = {i["id"]: 0 if i["virtual"] else i["width"] for i in net["intersections"]}
        self.lanes, self.inside, self.approaches = {}, {}, set()
        real = {i["id"] for i in net["intersections"] if not i["virtual"]}
        for road in net["roads"]:
            ends = road["startIntersection"], road["endIntersection"]
            length = course(road["points"]) - sum(widths[end] for end in ends)
            for lane in range(len(road["lanes"])):
                self.lanes[f"{road['id']}_{lane}"] = length
                if ends[1] in real:
                    self.approaches.add(f"{road['id']}_{lane}")
        for intersection in net["intersections"]:
            for link in intersection["roadLinks"]:
                for way in link["laneLinks"]:
                    names = (f"{link['startRoad']}_{way['startLaneIndex']}",
                             f"{link['endRoad']}_{way['endLaneIndex']}")
                    self.inside["_TO_".join(names)] = course(way.get("points", []))

    def place(self, drivable, distance):
        """The lane that a vehicle is on or about to enter, and how far it has to go to its stop line."""
        if drivable in self.lanes:
            return drivable, self.lanes[drivable] - distance
        lane = drivable.split("_TO_")[1]
        return lane, self.inside.get(drivable, distance) - distance + self.lanes[lane]


def course(points):
    return sum(math.dist(a.values(), b.values()) for a, b in zip(points, points[1:]))


class Approaches:
    """Lane-approach travel time as the literature counts it: for each vehicle the time on lanes that lead to
    a signal, seen once a second; who is still there at the end leaves then. Time inside junctions, on the
    last road and before the first is not in it, nor are vehicles that never came in."""

    def __init__(self, lanes):
        self.lanes, self.times, self.standing, self.longest = lanes, {}, {}, 0

    def look(self, vehicles, speeds):
        for lane in self.lanes:
            for vehicle in vehicles.get(lane, ()):
                if vehicle.endswith("_shadow"):  # The double of one that changes its lane.
                    continue
                self.times[vehicle] = self.times.get(vehicle, 0) + 1
                road = lane.rsplit("_", 1)[0]
                before, stood = self.standing.get(vehicle, (road, 0))
                stood = (stood if before == road else 0) + (speeds[vehicle] < STANDING)
                self.standing[vehicle] = (road, stood)
                self.longest = max(self.longest, stood)


def drive(options):
    interval, clearance, phases, lane_change = PRESETS[options.preset]
    stages = list(range(1, (options.stages or phases) + 1))
    roads = Roads(options.network)
    with tempfile.TemporaryDirectory() as folder:
        config = os.path.join(folder, "config.json")
        paths = {"roadnetFile": options.network, "flowFile": options.flow}
        paths = {key: os.path.abspath(path) for key, path in paths.items()}
        with open(config, "w") as file:
            json.dump({"interval": 1.0, "seed": options.seed, "dir": "", "rlTrafficLight": True,
                       "saveReplay": False, "laneChange": lane_change, "roadnetLogFile": "",
                       "replayLogFile": "", **paths}, file)
        engine = cityflow.Engine(config, thread_num=1)
    words = [options.greenwave, "plant", "--network", options.network, "--control", options.control]
    greenwave = Greenwave(words + (["--summary", options.summary] if options.summary else []))
    rules = {"min_green_s": 0, "clearance_s": clearance, "clearance_inside": True,
             "clearance_stage": 0, "decision_interval_s": interval}
    hello = {"protocol": 1, "step_s": 1.0, "rules": rules}
    if options.discharge:
        start_up, headway = map(float, options.discharge.split(","))
        hello["discharge"] = {"start_up_s": start_up, "headway_s": headway}
    with open(options.network) as file:
        signals = [i["id"] for i in json.load(file)["intersections"] if not i["virtual"]]
    hello["junctions"] = {name: {"stages": stages} for name in signals}
    names = greenwave.ask({"hello": hello})["ready"]["junctions"]
    shown = {name: {"stage": stages[0], "elapsed_s": 0} for name in names}
    for name in names:
        engine.set_tl_phase(name, stages[0])
    approaches, entered = Approaches(roads.approaches), set()
    for now in range(options.seconds):
        step = {"time_s": now, "signals": shown, "lanes": look(engine, roads)}
        demanded = greenwave.ask({"step": step})["demand"]["stages"]
        for name, signal in shown.items():
            at_instant = now % interval == 0 and "next" not in signal
            if at_instant and demanded.get(name, signal["stage"]) != signal["stage"]:
                signal.update(next=demanded[name], elapsed_s=0)
                engine.set_tl_phase(name, 0)
        engine.next_step()
        vehicles, speeds = engine.get_lane_vehicles(), engine.get_vehicle_speed()
        approaches.look(vehicles, speeds)
        entered.update(v for v in engine.get_vehicles() if not v.endswith("_shadow"))
        for name, signal in shown.items():
            signal["elapsed_s"] += 1
            if "next" in signal and signal["elapsed_s"] >= clearance:
                signal.update(stage=signal.pop("next"), elapsed_s=0)
                engine.set_tl_phase(name, signal["stage"])
    greenwave.bye()
    running = {v for v in engine.get_vehicles() if not v.endswith("_shadow")}
    waiting = len(engine.get_vehicles(True)) - len(engine.get_vehicles())
    times = approaches.times.values()
    return {
        "approach_travel_time_s": round(sum(times) / max(len(times), 1), 2),
        "whole_trip_time_s": round(engine.get_average_travel_time(), 2),
        "entered": len(entered),
        "finished": len(entered - running),
        "never_inserted": waiting,
        "longest_wait_s": approaches.longest,
    }


def look(engine, roads):
    """Where the vehicles are, as the protocol wants it."""
    lanes = {}
    for vehicle in engine.get_vehicles():
        told = engine.get_vehicle_info(vehicle)
        lane, distance = roads.place(told["drivable"], float(told["distance"]))
        vehicle = [round(distance, 3), round(float(told["speed"]), 3)]
        route, road = told.get("route", "").split(), lane.rsplit("_", 1)[0]
        if road in route[:-1]:
            vehicle.append(route[route.index(road) + 1])
        lanes.setdefault(lane, []).append(vehicle)
    for vehicles in lanes.values():
        vehicles.sort(key=lambda vehicle: vehicle[0])
    return {lane: {"vehicles": vehicles} for lane, vehicles in lanes.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", choices=PRESETS, default="xlight")
    parser.add_argument("--network", required=True, help="roadnet.json")
    parser.add_argument("--flow", required=True, help="flow.json")
    parser.add_argument("--stages", type=int, help="phases 1 to this, where not the preset's")
    parser.add_argument("--control", default="max-pressure")
    parser.add_argument("--discharge", help="start-up and headway, seconds, as 2.8,2.45")
    parser.add_argument("--seconds", type=int, default=3600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--greenwave", default="greenwave", help="the program")
    parser.add_argument("--summary", help="where plant's own summary goes")
    print(json.dumps(drive(parser.parse_args())))


if __name__ == "__main__":
    main()
