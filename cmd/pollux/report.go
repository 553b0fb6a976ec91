package main

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/pollux-net/pollux/cmd/pollux/internal/fetch"
)

// interesting are the headers shown unless all are.
var interesting = []string{
	"Allow", "Connection", "Content-Encoding", "Content-Length", "Content-Type", "Last-Modified",
	"Location", "Retry-After", "Server", "Transfer-Encoding", "Www-Authenticate",
}

// report shows an exchange for people to read. It keeps the first error of
// writing.
type report struct {
	out      io.Writer
	all      bool // all headers
	insecure bool
	err      error
}

func (r *report) printf(format string, args ...any) {
	if r.err == nil {
		_, r.err = fmt.Fprintf(r.out, format, args...)
	}
}

// before shows what comes before the body.
func (r *report) before(e *fetch.Exchange) {
	if s := e.Security; s != nil {
		r.printf("TLS: %s, %s\n", s.Version, s.Cipher)
		if len(s.Peer) > 0 {
			verified := "verified"
			if r.insecure {
				verified = "not verified"
			}
			leaf := s.Peer[0]
			r.printf("Peer: %s, issued by %s (%s)\n", printable(leaf.Subject.String()), printable(leaf.Issuer.String()), verified)
		}
	}
	for _, resp := range e.Interim {
		r.response(resp, true)
	}
	r.response(e.Response, r.all)
	if location := e.Response.Header.Get("Location"); e.Response.StatusCode/100 == 3 && location != "" {
		r.printf("(redirect to %s not followed)\n", printable(location))
	}
	r.printf("\n")
}

// response shows a status line and headers.
func (r *report) response(resp *http.Response, all bool) {
	r.printf("%s %s\n", resp.Proto, printable(resp.Status))
	header := resp.Header.Clone()
	// These two net/http has taken out.
	if len(resp.TransferEncoding) > 0 {
		header["Transfer-Encoding"] = resp.TransferEncoding
	}
	if resp.Close && resp.ProtoAtLeast(1, 1) {
		header.Set("Connection", "close")
	}
	r.headers(header, all)
}

func (r *report) headers(header http.Header, all bool) {
	names := make([]string, 0, len(header))
	for name := range header {
		if all || slices.Contains(interesting, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range header[name] {
			r.printf("%s: %s\n", printable(name), printable(value))
		}
	}
}

// after shows what comes after the body.
func (r *report) after(e *fetch.Exchange) {
	if len(e.Response.Trailer) > 0 {
		r.printf("\n(trailers)\n")
		r.headers(e.Response.Trailer, true)
	}
}

// printable keeps a server from sending commands to the terminal.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c >= 0x80 && c < 0xa0 {
			return '?'
		}
		return c
	}, s)
}
