/* libmodbus as the other end: `client tcp HOST PORT`, `client rtu PATH`, `server tcp PORT`,
 * `server rtu PATH`. What each does is told in pymodbus_peer.py, which does the same. */
#include <errno.h>
#include <modbus/modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int exception(int result)
{
    return result >= 0 ? 0 : errno - MODBUS_ENOBASE;
}

static int client(modbus_t *line)
{
    modbus_set_slave(line, 1);
    modbus_set_response_timeout(line, 5, 0);
    if (modbus_connect(line) != 0)
        return 3;
    uint16_t whole[4] = {2, 33, 0, 5000}, held[4] = {0}, said[2] = {0};
    int taken = modbus_write_registers(line, 0, 4, whole) == 4;
    int half = exception(modbus_write_registers(line, 0, 2, whole));
    int beyond = exception(modbus_read_registers(line, 60000, 1, said));
    modbus_read_registers(line, 0, 4, held);
    modbus_read_input_registers(line, 0, 2, said);
    printf("{\"taken\": %s, \"half\": %d, \"beyond\": %d, \"holding\": [%d, %d, %d, %d], "
           "\"input\": [%d, %d]}\n",
           taken ? "true" : "false", half, beyond, held[0], held[1], held[2], held[3], said[0], said[1]);
    return 0;
}

static int server(modbus_t *line, int is_tcp)
{
    modbus_mapping_t *map = modbus_mapping_new(100, 100, 100, 100);
    for (int at = 0; at < 100; at++) {
        map->tab_registers[at] = 3 * at;
        map->tab_input_registers[at] = 1000 + at;
        map->tab_bits[at] = at % 2 == 0;
        map->tab_input_bits[at] = at % 2 == 1;
    }
    uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
    int listening = -1;
    if (is_tcp)
        listening = modbus_tcp_listen(line, 4);
    else {
        modbus_set_slave(line, 1);
        if (modbus_connect(line) != 0)
            return 3;
    }
    puts("ready");
    fflush(stdout);
    for (;;) {
        if (is_tcp && modbus_tcp_accept(line, &listening) < 0)
            return 4;
        for (;;) {
            int length = modbus_receive(line, query);
            if (length > 0)
                modbus_reply(line, query, length, map);
            else if (length < 0 && is_tcp)
                break;
            else if (length < 0 && errno != ETIMEDOUT && errno != EMBBADCRC)
                return 5;
        }
        modbus_close(line);
    }
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    int is_tcp = strcmp(argv[2], "tcp") == 0, is_client = strcmp(argv[1], "client") == 0;
    modbus_t *line = !is_tcp     ? modbus_new_rtu(argv[3], 19200, 'N', 8, 1)
                     : is_client ? modbus_new_tcp(argv[3], atoi(argv[4]))
                                 : modbus_new_tcp("127.0.0.1", atoi(argv[3]));
    if (line == NULL)
        return 2;
    return is_client ? client(line) : server(line, is_tcp);
}
