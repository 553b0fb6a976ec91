package app

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// reply is what a request is answered with.
type reply struct {
	code    int
	headers string // whole lines
	kind    string // the content type, plain text if empty
	text    string // a short body, unless body or file is set
	body    *body
	file    *section
	close   bool // the end of the connection ends the body
}

func text(code int, s string) reply { return reply{code: code, text: s} }

func problem(code int) reply { return text(code, strconv.Itoa(code)+" "+http.StatusText(code)+"\n") }

// greeting is what GET / says.
const greeting = "Hello from Pollux.\n\nGET /bytes/N, /chunked/N, /eof/N, /status/CODE and /headers.\n"

// route answers a GET or HEAD request.
func route(req *http.Request) reply {
	if r, wrong := refuseMethod(req); wrong {
		return r
	}
	name, arg, _ := strings.Cut(strings.TrimPrefix(req.URL.Path, "/"), "/")
	n, err := strconv.ParseInt(arg, 10, 64)
	number := err == nil && n >= 0
	switch {
	case name == "" && arg == "":
		return text(http.StatusOK, greeting)
	case name == "headers" && arg == "":
		return text(http.StatusOK, describe(req))
	case name == "bytes" && number:
		return reply{code: http.StatusOK, body: &body{left: n, total: n}}
	case name == "chunked" && number:
		// HTTP/1.0 knows no chunks: there the connection's end is the body's.
		chunked := req.ProtoAtLeast(1, 1)
		return reply{code: http.StatusOK, body: &body{left: n, total: n, chunked: chunked}, close: !chunked}
	case name == "eof" && number:
		return reply{code: http.StatusOK, body: &body{left: n, total: n}, close: true}
	case name == "status" && number && n >= 200 && n <= 599:
		return status(int(n))
	}
	return problem(http.StatusNotFound)
}

// refuseMethod answers all but GET and HEAD.
func refuseMethod(req *http.Request) (reply, bool) {
	if req.Method == http.MethodGet || req.Method == http.MethodHead {
		return reply{}, false
	}
	r := problem(http.StatusMethodNotAllowed)
	r.headers = "Allow: GET, HEAD\r\n"
	return r, true
}

func status(code int) reply {
	r := problem(code)
	if code >= 300 && code < 400 && code != http.StatusNotModified {
		r.headers = "Location: /\r\n"
	}
	return r
}

// describe lists a request's line and headers.
func describe(req *http.Request) string {
	lines := []string{}
	for name, values := range req.Header {
		for _, v := range values {
			lines = append(lines, name+": "+v)
		}
	}
	slices.Sort(lines)
	return fmt.Sprintf("%s %s %s\nHost: %s\n%s\n", req.Method, req.RequestURI, req.Proto, req.Host, strings.Join(lines, "\n"))
}

// bodyless reports whether a status never has a body, RFC 9110 section 6.4.1.
func bodyless(code int) bool {
	return code == http.StatusNoContent || code == http.StatusNotModified
}

// head writes the status line and the headers.
func (r *reply) head(closing bool) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "HTTP/1.1 %03d %s\r\n", r.code, http.StatusText(r.code))
	fmt.Fprintf(&b, "Date: %s\r\nServer: pollux\r\n", time.Now().UTC().Format(http.TimeFormat))
	b.WriteString(r.headers)
	kind := r.kind
	if kind == "" {
		kind = "text/plain; charset=utf-8"
	}
	if !bodyless(r.code) {
		fmt.Fprintf(&b, "Content-Type: %s\r\n", kind)
	}
	switch {
	case bodyless(r.code) || r.close:
	case r.file != nil:
		fmt.Fprintf(&b, "Content-Length: %d\r\n", r.file.size)
	case r.body == nil:
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(r.text))
	case r.body.chunked:
		b.WriteString("Transfer-Encoding: chunked\r\nTrailer: " + trailerName + "\r\n")
	default:
		fmt.Fprintf(&b, "Content-Length: %d\r\n", r.body.total)
	}
	if closing {
		b.WriteString("Connection: close\r\n")
	}
	b.WriteString("\r\n")
	return []byte(b.String())
}
