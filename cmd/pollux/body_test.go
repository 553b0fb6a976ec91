package main

import (
	"net"
	"net/http"
	"strings"
	"testing"
)

// answers are responses with every way to end a body.
var answers = []struct {
	name   string
	words  string
	args   []string
	stdout []string
	body   string // what -o - must give
}{
	{
		name: "content length", body: "hello",
		words:  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more",
		stdout: []string{"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"},
	},
	{
		name: "chunked with trailers", body: "hello world",
		words:  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n6;x=y\r\nhello \r\n5\r\nworld\r\n0\r\nX-Sum: 42\r\n\r\n",
		stdout: []string{"Transfer-Encoding: chunked\n", "\n\nhello world\n(trailers)\nX-Sum: 42\n"},
	},
	{
		name: "end of connection", body: "until the end",
		words:  "HTTP/1.0 200 OK\r\n\r\nuntil the end",
		stdout: []string{"HTTP/1.0 200 OK\n\nuntil the end"},
	},
	{
		name: "head", args: []string{"--head"},
		words:  "HTTP/1.1 200 OK\r\nContent-Length: 500\r\nX-Odd: yes\r\n\r\n",
		stdout: []string{"HTTP/1.1 200 OK\nContent-Length: 500\nX-Odd: yes\n"},
	},
	{name: "204", words: "HTTP/1.1 204 No Content\r\n\r\n", stdout: []string{"HTTP/1.1 204 No Content\n"}},
	{name: "304", words: "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", stdout: []string{"HTTP/1.1 304 Not Modified\n"}},
	{
		name: "interim", body: "x",
		words:  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
		stdout: []string{"HTTP/1.1 100 Continue\nHTTP/1.1 103 Early Hints\nLink: </a.css>\nHTTP/1.1 200 OK\n"},
	},
	{
		name:   "switching protocols",
		words:  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
		stdout: []string{"HTTP/1.1 101 Switching Protocols\n"},
	},
	{
		name:   "redirect",
		words:  "HTTP/1.1 302 Found\r\nLocation: /else\r\nContent-Length: 0\r\n\r\n",
		stdout: []string{"Location: /else\n(redirect to /else not followed)\n"},
	},
	{
		name:   "terminal commands",
		words:  "HTTP/1.1 200 O\x1b[2JK\r\nContent-Length: 0\r\n\r\n",
		stdout: []string{"200 O?[2JK\n"},
	},
}

func TestGetAnswers(t *testing.T) {
	for _, tc := range answers {
		t.Run(tc.name, func(t *testing.T) {
			for _, s := range []scripted{plain(t, say(tc.words)), secure(t, say(tc.words))} {
				for _, mode := range modes {
					t.Run(mode.name, func(t *testing.T) {
						get := mode.args
						get = append(append(get, "--ca", s.ca, s.url+"/path?q=1"), tc.args...)
						pollux(t, get...).expect(t, exitOK, tc.stdout, nil)
						if r := pollux(t, append(get, "-o", "-")...); r.stdout != tc.body {
							t.Errorf("body %q, want %q", r.stdout, tc.body)
						}
					})
				}
			}
		})
	}
}

// TestGetTruncated has servers break off in the middle of a body. Only TLS can
// tell that a body until the end of the connection was cut off.
func TestGetTruncated(t *testing.T) {
	broken := func(words string) script {
		return func(conn net.Conn, _ *http.Request) {
			_, _ = conn.Write([]byte(words))
			cut(conn)
		}
	}
	for _, tc := range []struct {
		name, words, want string
		tlsOnly           bool
	}{
		{"content length", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", "receive body: truncated after 5 of 10 bytes: ", false},
		{"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nhello", "receive body: truncated after 5 bytes: ", false},
		{"end of connection", "HTTP/1.0 200 OK\r\n\r\nhello", "receive body: truncated after 5 bytes: read: SSLEOFError: [SSL: UNEXPECTED_EOF_WHILE_READING]", true},
		{"headers", "HTTP/1.1 200 OK\r\nContent-", "receive response from ", false},
		{"nothing", "", "receive response from ", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := secure(t, broken(tc.words))
			p := plain(t, broken(tc.words))
			for _, mode := range modes {
				t.Run(mode.name, func(t *testing.T) {
					get := mode.args
					pollux(t, append(get, "--ca", s.ca, s.url)...).expect(t, exitFailure, nil, []string{"pollux: " + tc.want})
					if !tc.tlsOnly {
						pollux(t, append(get, p.url)...).expect(t, exitFailure, nil, []string{"pollux: " + tc.want})
					}
				})
			}
		})
	}
}

// TestGetWhole has a server end without close_notify when all has been said:
// nothing is missing then.
func TestGetWhole(t *testing.T) {
	for _, words := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
		"HTTP/1.1 204 No Content\r\n\r\n",
	} {
		s := secure(t, func(conn net.Conn, _ *http.Request) {
			_, _ = conn.Write([]byte(words))
			cut(conn)
		})
		for _, mode := range modes {
			pollux(t, append(mode.args, "--ca", s.ca, s.url)...).expect(t, exitOK, nil, nil)
		}
	}
}

func TestGetMalformed(t *testing.T) {
	for _, tc := range []struct{ name, words, want string }{
		{"no HTTP", "SSH-2.0-OpenSSH_9.2\r\n", "malformed HTTP"},
		{"long headers", "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 2<<20) + "\r\n\r\n", "response headers are too long"},
		{"interim for ever", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 100), "too many interim responses"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := plain(t, say(tc.words))
			for _, mode := range modes {
				t.Run(mode.name, func(t *testing.T) {
					get := mode.args
					pollux(t, append(get, p.url)...).expect(t, exitFailure, nil, []string{"pollux: receive response from ", tc.want})
				})
			}
		})
	}
}
