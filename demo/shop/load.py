"""load.py SOCKET: eight clients of the shop, each in a closed loop, until SIGTERM; then one line of what they saw."""

import collections
import signal
import socket
import sys
import threading

is_over = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: is_over.set())


def ask():
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(sys.argv[1])
        connection.sendall(b"GET / HTTP/1.0\r\nHost: shop\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    head, _, body = answer.decode().partition("\r\n\r\n")
    if " 200 " not in head.split("\r\n")[0] or not body.startswith("served by "):
        raise ConnectionError(head.split("\r\n")[0] or "no answer")
    return body.split()[2]


def ask_on(served, failed):
    while not is_over.is_set():
        try:
            served[ask()] += 1
        except OSError as error:
            failed[str(error)] += 1


def total(counters):
    return sum(counters, collections.Counter())


def listed(counter):
    return ", ".join(f"{name}: {counter[name]}" for name in sorted(counter))


def main():
    served, failed = ([collections.Counter() for _ in range(8)] for _ in range(2))
    clients = [threading.Thread(target=ask_on, args=each) for each in zip(served, failed)]
    for client in clients:
        client.start()
    print("asking", flush=True)
    is_over.wait()
    for client in clients:
        client.join()
    good, bad = total(served), total(failed)
    print(f"{good.total()} requests served, {bad.total()} failed; by {listed(good)}")
    if bad:
        print(f"failures: {listed(bad)}")


main()
