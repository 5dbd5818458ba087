"""pymodbus as the other end: `client tcp HOST PORT`, `client rtu PATH`, `server tcp PORT`, `server rtu PATH`.

A client writes and reads an open countdown display and prints what it saw as JSON. A server has a hundred
of everything: holding registers are three times their address, input registers 1000 and their address,
coils on at even addresses, discrete inputs at odd ones; it prints "ready".
"""

import asyncio
import json
import sys

role, way, place = sys.argv[1], sys.argv[2], sys.argv[3]


def client():
    from pymodbus.client import ModbusSerialClient, ModbusTcpClient

    if way == "tcp":
        line = ModbusTcpClient(place, port=int(sys.argv[4]), timeout=5)
    else:
        line = ModbusSerialClient(place, baudrate=19200, parity="N", timeout=5)
    assert line.connect()
    written = line.write_registers(0, [2, 33, 0, 5000], device_id=1)
    half = line.write_registers(0, [2, 33], device_id=1)
    beyond = line.read_holding_registers(60000, count=1, device_id=1)
    print(json.dumps({
        "taken": not written.isError(),
        "half": half.exception_code,
        "beyond": beyond.exception_code,
        "holding": line.read_holding_registers(0, count=4, device_id=1).registers,
        "input": line.read_input_registers(0, count=2, device_id=1).registers,
    }), flush=True)
    line.close()


async def server():
    from pymodbus.datastore import ModbusDeviceContext, ModbusSequentialDataBlock, ModbusServerContext
    from pymodbus.framer import FramerType
    from pymodbus.server import ModbusSerialServer, ModbusTcpServer

    def block(values):
        return ModbusSequentialDataBlock(1, list(values))

    device = ModbusDeviceContext(
        di=block(at % 2 == 1 for at in range(100)),
        co=block(at % 2 == 0 for at in range(100)),
        hr=block(3 * at for at in range(100)),
        ir=block(1000 + at for at in range(100)),
    )
    context = ModbusServerContext(devices=device, single=True)
    if way == "tcp":
        served = ModbusTcpServer(context, address=("127.0.0.1", int(place)))
    else:
        served = ModbusSerialServer(context, framer=FramerType.RTU, port=place, baudrate=19200, parity="N")
    task = asyncio.create_task(served.serve_forever())
    await asyncio.sleep(0.5)
    print("ready", flush=True)
    await task


if role == "client":
    client()
else:
    asyncio.run(server())
