"""Polls as many devices as it is told with pymodbus: 50 input registers of each, once a second.

python pymodbus_client.py HOST PORT DEVICES SECONDS, prints one JSON object.
"""

import asyncio
import json
import sys
import time

from pymodbus.client import AsyncModbusTcpClient

host, port, devices, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
latencies, errors = [], 0
measuring = [None]


async def poll(number):
    global errors
    client = AsyncModbusTcpClient(host, port=port, timeout=2)
    await client.connect()
    due = time.perf_counter() + number / devices
    while True:
        wait = due - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        try:
            answer = await client.read_input_registers(0, count=50)
            failed = answer.isError() or len(answer.registers) != 50
        except Exception:
            failed = True
        if measuring[0] is not None:
            if failed:
                errors += 1
            else:
                latencies.append(time.perf_counter() - due)
        due = max(due + 1.0, time.perf_counter() - 1.0)


async def main():
    tasks = [asyncio.create_task(poll(number)) for number in range(devices)]
    await asyncio.sleep(3)
    measuring[0] = True
    begin, cpu = time.perf_counter(), time.process_time()
    await asyncio.sleep(seconds)
    real, used = time.perf_counter() - begin, time.process_time() - cpu
    measuring[0] = None
    for task in tasks:
        task.cancel()
    latencies.sort()

    def share(part):
        return round(1000 * latencies[min(int(part * len(latencies)), len(latencies) - 1)], 3) if latencies else 0

    print(json.dumps({
        "polls": len(latencies),
        "polls_per_s": round(len(latencies) / real, 1),
        "poll_latency_p50_ms": share(0.5),
        "poll_latency_p99_ms": share(0.99),
        "cpu_share": round(used / real, 4),
        "errors": errors,
    }), flush=True)


asyncio.run(main())
