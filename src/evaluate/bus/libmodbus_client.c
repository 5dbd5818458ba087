/* Polls as many devices as it is told with libmodbus: 50 input registers of each, once a second, one
 * after the other in the order in which they are due. cc libmodbus_client.c -lmodbus;
 * ./a.out HOST PORT DEVICES SECONDS prints one JSON object. */
#include <errno.h>
#include <modbus/modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static int ascending(const void *one, const void *other)
{
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return 2;
    int devices = atoi(argv[3]);
    double seconds = atof(argv[4]);
    modbus_t **line = calloc(devices, sizeof *line);
    double *latency = calloc((size_t)(devices * (seconds + 5)) + 16, sizeof *latency);
    long polls = 0, errors = 0;
    for (int at = 0; at < devices; at++) {
        line[at] = modbus_new_tcp(argv[1], atoi(argv[2]));
        modbus_set_slave(line[at], 1);
        for (int tries = 0; modbus_connect(line[at]) != 0; tries++) {
            if (tries == 20) {
                fprintf(stderr, "line %d: %s\n", at, modbus_strerror(errno));
                return 3;
            }
            nanosleep(&(struct timespec){0, 200000000}, NULL);
        }
    }
    double begin = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    for (long turn = 0;; turn++) {
        double due = begin + (double)turn / devices;
        if (due - begin >= seconds)
            break;
        double wait = due - now(CLOCK_MONOTONIC);
        if (wait > 0) {
            struct timespec span = {(time_t)wait, (long)((wait - (time_t)wait) * 1e9)};
            nanosleep(&span, NULL);
        }
        uint16_t words[50];
        if (modbus_read_input_registers(line[turn % devices], 0, 50, words) == 50)
            latency[polls++] = now(CLOCK_MONOTONIC) - due;
        else
            errors++;
    }
    double real = now(CLOCK_MONOTONIC) - begin, used = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    qsort(latency, polls, sizeof *latency, ascending);
    printf("{\"polls\": %ld, \"polls_per_s\": %.1f, \"poll_latency_p50_ms\": %.3f, "
           "\"poll_latency_p99_ms\": %.3f, \"cpu_share\": %.4f, \"errors\": %ld}\n",
           polls, polls / real, polls ? 1e3 * latency[polls / 2] : 0,
           polls ? 1e3 * latency[polls * 99 / 100] : 0, used / real, errors);
    return 0;
}
