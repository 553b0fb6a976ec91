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
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_LOOPS = 256, MAX_EVENTS = 1024, BUFFER_SIZE = 64 * 1024 };

struct conn {
	int fd;
	int epfd;
	char *owed; /* what the peer has not taken yet, malloc'ed */
	size_t offset, length;
	char *begun; /* http: the part of a request that has come, malloc'ed */
	size_t begun_length;
};

static int epfds[MAX_LOOPS];
static int loops, http;
static struct conn listener, standard_input;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void drop(struct conn *c)
{
	close(c->fd);
	free(c->owed);
	free(c->begun);
	free(c);
}

static int watch(struct conn *c, int op, unsigned events)
{
	struct epoll_event ev = { .events = events, .data.ptr = c };
	return epoll_ctl(c->epfd, op, c->fd, &ev);
}

/* obey does the one thing a line on standard input can mean. */
static void obey(void)
{
	char line[64];
	if (read(0, line, sizeof line) <= 0)
		exit(0);
	malloc_trim(0);
	puts("FREED");
	fflush(stdout);
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

#define REQUEST_LINE "GET / HTTP/1.1\r\n"
#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n" \
	"Content-Type: text/plain; charset=utf-8\r\n\r\nHello, World!"
enum { LINE_LENGTH = sizeof REQUEST_LINE - 1, ANSWER_LENGTH = sizeof ANSWER - 1, AT_ONCE = 64 };

static char answers[AT_ONCE * ANSWER_LENGTH];

static void repeat_answer(char *out, long times)
{
	for (long i = 0; i < times; i++)
		memcpy(out + i * ANSWER_LENGTH, ANSWER, ANSWER_LENGTH);
}

/* scan returns how many whole requests the text begins with, -1 if something
 * is no such request, and how long they are. */
static long scan(const char *text, size_t length, size_t *used)
{
	long requests = 0;
	const char *end;
	*used = 0;
	while ((end = memmem(text + *used, length - *used, "\r\n\r\n", 4))) {
		if (end + 2 - (text + *used) < LINE_LENGTH || memcmp(text + *used, REQUEST_LINE, LINE_LENGTH) != 0)
			return -1;
		*used = end + 4 - text;
		requests++;
	}
	return requests;
}

static void keep(struct conn *c, const char *rest, size_t length)
{
	if (length > 0 && !(c->begun = malloc(length)))
		die("malloc");
	if (length > 0)
		memcpy(c->begun, rest, length);
	c->begun_length = length;
}

/* hello answers what has arrived together with one write. */
static void hello(struct conn *c, char *buffer)
{
	size_t begun = c->begun_length, used;
	ssize_t n = begun < BUFFER_SIZE ? read(c->fd, buffer + begun, BUFFER_SIZE - begun) : 0;
	if (n <= 0) {
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			drop(c);
		return;
	}
	if (begun > 0) {
		memcpy(buffer, c->begun, begun);
		free(c->begun);
		c->begun = NULL;
	}
	long requests = scan(buffer, begun + n, &used);
	if (requests < 0) {
		drop(c);
		return;
	}
	keep(c, buffer + used, begun + n - used);
	if (requests == 0)
		return;
	if (requests <= AT_ONCE) {
		give(c, answers, requests * ANSWER_LENGTH);
		return;
	}
	char *out = malloc(requests * ANSWER_LENGTH);
	if (!out)
		die("malloc");
	repeat_answer(out, requests);
	give(c, out, requests * ANSWER_LENGTH);
	free(out);
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
	struct sockaddr_in sa = { .sin_family = AF_INET };
	socklen_t length = sizeof sa;
	int one = 1;
	char *colon = strrchr(address, ':');
	if (!colon)
		die("address without a port");
	*colon = 0;
	sa.sin_port = htons(atoi(colon + 1));
	if (inet_pton(AF_INET, address, &sa.sin_addr) != 1)
		die("inet_pton");
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
	printf("READY %s:%d\n", address, ntohs(sa.sin_port));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	if (argc < 3 || (loops = atoi(argv[2])) < 1 || loops > MAX_LOOPS) {
		fprintf(stderr, "usage: epoll_echo HOST:PORT LOOPS [http]\n");
		return 2;
	}
	http = argc > 3 && strcmp(argv[3], "http") == 0;
	repeat_answer(answers, AT_ONCE);
	signal(SIGPIPE, SIG_IGN);
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) { /* as the Go runtime does */
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
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
