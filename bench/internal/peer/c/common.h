/* What the C servers have in common. Each is one file, so all of it is static. */
#ifndef COMMON_H
#define COMMON_H

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

static void die(const char *what)
{
	perror(what);
	exit(1);
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

/* parse reads HOST:PORT, and cuts the text behind the host. */
static struct sockaddr_in parse(char *text)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	char *colon = strrchr(text, ':');
	if (!colon)
		die("address without a port");
	*colon = 0;
	sa.sin_port = htons(atoi(colon + 1));
	if (inet_pton(AF_INET, text, &sa.sin_addr) != 1)
		die("inet_pton");
	return sa;
}

static void ready(const char *host, const struct sockaddr_in *sa)
{
	printf("READY %s:%d\n", host, ntohs(sa->sin_port));
	fflush(stdout);
}

#define REQUEST_LINE "GET / HTTP/1.1\r\n"
#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n" \
	"Content-Type: text/plain; charset=utf-8\r\n\r\nHello, World!"
enum { LINE_LENGTH = sizeof REQUEST_LINE - 1, ANSWER_LENGTH = sizeof ANSWER - 1, AT_ONCE = 64 };

/* begun is the part of a request that has come, malloc'ed. */
struct begun {
	char *text;
	size_t length;
};

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

/* take counts the whole requests in what had begun and the n bytes that were
 * received behind room for it, and keeps the rest. -1 is a wrong one. */
static long take(struct begun *b, char *buffer, size_t n)
{
	size_t used, length = b->length + n;
	if (b->length > 0)
		memcpy(buffer, b->text, b->length);
	free(b->text);
	*b = (struct begun){ 0 };
	long requests = scan(buffer, length, &used);
	if (requests < 0 || used == length)
		return requests;
	if (!(b->text = malloc(length - used)))
		die("malloc");
	memcpy(b->text, buffer + used, length - used);
	b->length = length - used;
	return requests;
}

static char few_answers[AT_ONCE * ANSWER_LENGTH];

static void repeat_answer(char *out, long times)
{
	for (long i = 0; i < times; i++)
		memcpy(out + i * ANSWER_LENGTH, ANSWER, ANSWER_LENGTH);
}

/* answers returns so many answers, and in made what is to be freed. */
static const char *answers(long requests, char **made)
{
	*made = NULL;
	if (requests <= AT_ONCE)
		return few_answers;
	if (!(*made = malloc(requests * ANSWER_LENGTH)))
		die("malloc");
	repeat_answer(*made, requests);
	return *made;
}

/* prepare comes first. Limit and signal are as the Go runtime has them. */
static void prepare(void)
{
	struct rlimit limit;
	repeat_answer(few_answers, AT_ONCE);
	signal(SIGPIPE, SIG_IGN);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

#endif
