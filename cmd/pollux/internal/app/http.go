package app

import (
	"bufio"
	"bytes"
	"net/http"
	"time"

	"github.com/pollux-net/pollux/reactor/stream"
)

// lingering is how long a connection stays open for reading after an answer
// that did not wait for all of the request: a reset would take the answer away
// from the peer.
const lingering = time.Second

// mode is where an HTTP connection stands.
//
//	head ---> request body ---> answer ---> head ...
//	  |                           |
//	  +------> lingering <--------+---> closed
type mode uint8

const (
	modeHead     mode = iota // waits for a request
	modeDiscard              // drops the body of one
	modeAnswer               // produces an answer; the input is paused
	modeLinger               // has sent its last answer and drops what comes
	modeFinished             // closed or closing
)

// httpConn is one HTTP/1.1 connection: requests one after the other, also
// when they come ahead of the answers.
type httpConn struct {
	base
	route    func(*http.Request) reply
	mode     mode
	scan     scanner
	req      *http.Request // the one being answered
	skip     int64         // bytes of its body still to come
	body     *body
	closing  bool // close after this answer
	stopping bool // the server shuts down
	linger   *time.Timer
}

// Data implements stream.Handler.
func (h *httpConn) Data(c *stream.Conn, p []byte) int {
	used := 0
	for used < len(p) {
		n := h.take(c, p[used:])
		if n == 0 {
			break
		}
		used += n
	}
	h.counters.Received.Add(int64(used))
	return used
}

// take uses up a part of the input, or nothing when it must wait.
func (h *httpConn) take(c *stream.Conn, p []byte) int {
	switch h.mode {
	case modeHead:
		if c.Buffered() > HighWater { // many requests, few answers taken
			c.Pause()
			return 0
		}
		return h.takeHead(c, p)
	case modeDiscard:
		n := min(h.skip, int64(len(p)))
		if h.skip -= n; h.skip == 0 {
			h.answer(c, h.route(h.req))
		}
		return int(n)
	case modeAnswer:
		return 0
	case modeLinger, modeFinished:
	}
	return len(p)
}

func (h *httpConn) takeHead(c *stream.Conn, p []byte) int {
	if n := blanks(p); n > 0 && h.scan == (scanner{}) {
		return n
	}
	n := h.scan.find(p)
	if n > maxHead || n == 0 && len(p) > maxHead {
		h.refuse(c, http.StatusRequestHeaderFieldsTooLarge)
		return len(p)
	}
	if n > 0 {
		h.request(c, p[:n])
	}
	return n
}

// request acts on a whole head.
func (h *httpConn) request(c *stream.Conn, head []byte) {
	req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(head)))
	switch {
	case err == nil && req.ProtoMajor != 1:
		h.refuse(c, http.StatusHTTPVersionNotSupported)
		return
	case err != nil, req.ProtoAtLeast(1, 1) && req.Host == "":
		h.refuse(c, http.StatusBadRequest)
		return
	case len(req.TransferEncoding) > 0:
		h.refuse(c, http.StatusLengthRequired)
		return
	}
	h.req = req
	h.closing = h.stopping || req.Close
	if h.skip = req.ContentLength; h.skip > 0 {
		h.mode = modeDiscard
		if req.Header.Get("Expect") == "100-continue" {
			c.Write([]byte("HTTP/1.1 100 Continue\r\n\r\n"))
		}
		return
	}
	h.answer(c, h.route(req))
}

// refuse answers a request that cannot be read to its end.
func (h *httpConn) refuse(c *stream.Conn, code int) {
	r := problem(code)
	c.Write(append(r.head(true), r.text...))
	h.counters.Requests.Add(1)
	h.mode = modeLinger
	h.linger = time.AfterFunc(lingering, func() {
		_ = c.Post(c.Close) // the loop has ended: so has the connection
	})
}

// answer begins an answer.
func (h *httpConn) answer(c *stream.Conn, r reply) {
	h.counters.Requests.Add(1)
	h.closing = h.closing || r.close
	if !h.closing && !h.req.ProtoAtLeast(1, 1) {
		r.headers += "Connection: keep-alive\r\n"
	}
	head := r.head(h.closing)
	if h.req.Method == http.MethodHead || bodyless(r.code) {
		if r.file != nil {
			r.file.close()
		}
		r.text, r.body, r.file = "", nil, nil
	}
	c.Write(append(head, r.text...))
	if r.file != nil {
		h.sendFile(c, r.file)
		return
	}
	if r.body == nil {
		h.answered(c)
		return
	}
	h.mode, h.body = modeAnswer, r.body
	h.produce(c)
	if h.mode == modeAnswer {
		c.Pause()
	}
}

// sendFile has a file sent, while no further request is looked at.
func (h *httpConn) sendFile(c *stream.Conn, f *section) {
	h.mode = modeAnswer
	c.Pause()
	f.send(c, func() {
		if h.mode == modeAnswer { // the connection has not closed
			h.answered(c)
		}
	})
}

// produce sends more of the body, as far as the connection should hold.
func (h *httpConn) produce(c *stream.Conn) {
	for sent := 0; h.mode == modeAnswer && h.body != nil; {
		if c.Buffered() > HighWater {
			return // Drained goes on
		}
		if sent >= burst {
			if c.Post(func() { h.produce(c) }) != nil {
				c.Abort()
			}
			return
		}
		n, last := h.body.write(c)
		sent += n
		if last {
			h.answered(c)
		}
	}
}

// answered ends an answer.
func (h *httpConn) answered(c *stream.Conn) {
	h.req, h.body, h.mode = nil, nil, modeHead
	if h.closing || h.stopping {
		h.mode = modeFinished
		c.Close()
		return
	}
	c.Resume()
}

// Drained implements stream.Handler.
func (h *httpConn) Drained(c *stream.Conn) {
	if h.mode == modeHead {
		c.Resume()
	}
	h.produce(c)
}

// EOF implements stream.Handler. A request in progress was answered before:
// the input is paused until then.
func (h *httpConn) EOF(c *stream.Conn) {
	h.mode = modeFinished
	c.Close()
}

// Stop implements stream.Stopper: an answer in progress is finished, a
// connection between two requests ends.
func (h *httpConn) Stop(c *stream.Conn) {
	h.stopping = true
	if h.mode == modeHead {
		h.mode = modeFinished
		c.Close()
	}
}

// Close implements stream.Handler.
func (h *httpConn) Close(c *stream.Conn, err error) {
	h.mode = modeFinished
	if h.linger != nil {
		h.linger.Stop()
	}
	h.base.Close(c, err)
}

var _ stream.Stopper = (*httpConn)(nil)
