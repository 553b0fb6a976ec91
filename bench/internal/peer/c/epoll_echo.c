/* epoll_echo HOST:PORT LOOPS [http]: the floor the Go servers are compared with.
 *
 * One thread per loop, level-triggered epoll, nonblocking sockets, one 64 KB
 * buffer per loop: read, write, epoll_wait. Loop 0 accepts and deals the
 * connections out in turn, so that every loop has the same number of them
 * (SO_REUSEPORT hashes, and at 64 connections the hash is seldom even). A
 * connection that owes bytes is not read until they are gone. With http, it
 * does not echo but answers each GET of / with thirteen bytes.
 *
 * Prints "READY HOST:PORT" and ends when its standard input does; a line there
 * has it give back unused memory and print "FREED".
 */
#include "common.h"

enum { MAX_LOOPS = 256, MAX_EVENTS = 1024, BUFFER_SIZE = 64 * 1024 };

struct conn {
	int fd;
	int epfd;
	char *owed; /* what the peer has not taken yet, malloc'ed */
	size_t offset, length;
	struct begun begun; /* http */
};

static int epfds[MAX_LOOPS];
static int loops, http;
static struct conn listener, standard_input;

static void drop(struct conn *c)
{
	close(c->fd);
	free(c->owed);
	free(c->begun.text);
	free(c);
}

static int watch(struct conn *c, int op, unsigned events)
{
	struct epoll_event ev = { .events = events, .data.ptr = c };
	return epoll_ctl(c->epfd, op, c->fd, &ev);
}

static void accept_all(void)
{
	static int next;
	for (;;) {
		int one = 1;
		int fd = accept4(listener.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0)
			return;
		struct conn *c = calloc(1, sizeof *c);
		if (!c)
			die("calloc");
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		c->fd = fd;
		c->epfd = epfds[next++ % loops];
		if (watch(c, EPOLL_CTL_ADD, EPOLLIN) < 0)
			drop(c);
	}
}

/* owe keeps what a write left behind and waits for room only. */
static void owe(struct conn *c, const char *rest, size_t length)
{
	c->owed = malloc(length);
	if (!c->owed)
		die("malloc");
	memcpy(c->owed, rest, length);
	c->offset = 0;
	c->length = length;
	watch(c, EPOLL_CTL_MOD, EPOLLOUT);
}

/* give writes, and owes what the peer does not take. */
static void give(struct conn *c, const char *data, size_t length)
{
	ssize_t m = write(c->fd, data, length);
	if (m == (ssize_t)length)
		return;
	if (m < 0 && errno != EAGAIN && errno != EINTR) {
		drop(c);
		return;
	}
	if (m < 0)
		m = 0;
	owe(c, data + m, length - m);
}

static void echo(struct conn *c, char *buffer)
{
	ssize_t n = read(c->fd, buffer, BUFFER_SIZE);
	if (n <= 0) {
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			drop(c);
		return;
	}
	give(c, buffer, n);
}

/* hello answers what has arrived together with one write. */
static void hello(struct conn *c, char *buffer)
{
	size_t begun = c->begun.length;
	ssize_t n = begun < BUFFER_SIZE ? read(c->fd, buffer + begun, BUFFER_SIZE - begun) : 0;
	if (n <= 0) {
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			drop(c);
		return;
	}
	long requests = take(&c->begun, buffer, n);
	if (requests < 0)
		drop(c);
	if (requests <= 0)
		return;
	char *made;
	give(c, answers(requests, &made), requests * ANSWER_LENGTH);
	free(made);
}

static void pay(struct conn *c)
{
	ssize_t m = write(c->fd, c->owed + c->offset, c->length - c->offset);
	if (m < 0) {
		if (errno != EAGAIN && errno != EINTR)
			drop(c);
		return;
	}
	c->offset += m;
	if (c->offset < c->length)
		return;
	free(c->owed);
	c->owed = NULL;
	watch(c, EPOLL_CTL_MOD, EPOLLIN);
}

static void *run(void *arg)
{
	int epfd = *(int *)arg;
	struct epoll_event events[MAX_EVENTS];
	char *buffer = malloc(BUFFER_SIZE);
	if (!buffer)
		die("malloc");
	for (;;) {
		int n = epoll_wait(epfd, events, MAX_EVENTS, -1);
		if (n < 0 && errno != EINTR)
			die("epoll_wait");
		for (int i = 0; i < n; i++) {
			struct conn *c = events[i].data.ptr;
			if (c == &listener)
				accept_all();
			else if (c == &standard_input)
				obey();
			else if (c->owed)
				pay(c);
			else if (http)
				hello(c, buffer);
			else
				echo(c, buffer);
		}
	}
	return NULL;
}

static void start_listening(char *address)
{
	struct sockaddr_in sa = parse(address);
	socklen_t length = sizeof sa;
	int one = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, (struct sockaddr *)&sa, sizeof sa) < 0)
		die("bind");
	if (listen(fd, SOMAXCONN) < 0)
		die("listen");
	if (getsockname(fd, (struct sockaddr *)&sa, &length) < 0)
		die("getsockname");
	listener = (struct conn){ .fd = fd, .epfd = epfds[0] };
	if (watch(&listener, EPOLL_CTL_ADD, EPOLLIN) < 0)
		die("epoll_ctl");
	ready(address, &sa);
}

int main(int argc, char **argv)
{
	if (argc < 3 || (loops = atoi(argv[2])) < 1 || loops > MAX_LOOPS) {
		fprintf(stderr, "usage: epoll_echo HOST:PORT LOOPS [http]\n");
		return 2;
	}
	http = argc > 3 && strcmp(argv[3], "http") == 0;
	prepare();
	for (int i = 0; i < loops; i++)
		if ((epfds[i] = epoll_create1(EPOLL_CLOEXEC)) < 0)
			die("epoll_create1");
	standard_input = (struct conn){ .fd = 0, .epfd = epfds[0] };
	watch(&standard_input, EPOLL_CTL_ADD, EPOLLIN); /* refused for a plain file: no matter */
	start_listening(argv[1]);
	for (int i = 1; i < loops; i++) {
		pthread_t thread;
		if (pthread_create(&thread, NULL, run, &epfds[i]) != 0)
			die("pthread_create");
	}
	run(&epfds[0]);
	return 0;
}
