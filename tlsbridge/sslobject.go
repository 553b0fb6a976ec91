package tlsbridge

import (
	"errors"
	"io"

	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// SSLObject is Python's SSLObject: TLS between two [MemoryBIO], for protocols
// that move the bytes themselves, of a transport that is no socket or of
// another TLS connection. No call waits: what lacks input fails with
// SSLWantReadError, and is to be made again when there is more in the incoming
// MemoryBIO. What it produces is in the outgoing one when it returns, whatever
// it returns.
//
// It reads no byte past the peer's close_notify. Unlike a [Socket] it reports
// an end of input without one as SSLEOFError. Any goroutine may call its
// methods. A handshake that is given up must be ended by [SSLObject.Abort].
type SSLObject struct {
	machine
	incoming, outgoing *MemoryBIO
}

// WrapBIO makes an SSLObject that reads ciphertext from incoming and writes it
// to outgoing: ctx.wrap_bio. Of the options it uses ServerHostname.
func (c *Context) WrapBIO(incoming, outgoing *MemoryBIO, opts Options) (*SSLObject, error) {
	o := &SSLObject{incoming: incoming, outgoing: outgoing}
	if err := o.start(c, opts, o); err != nil {
		return nil, err
	}
	o.engine.SetSink(o.sink)
	return o, nil
}

// sink takes ciphertext. After a WriteEOF of the outgoing MemoryBIO it is
// lost, as on a transport that is shut down.
func (o *SSLObject) sink(p []byte) int {
	_, _ = o.outgoing.Write(p)
	return len(p)
}

// run makes a call's steps as long as there is input for them.
func (o *SSLObject) run(c *call) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.steps(c)
}

// steps is run with mu held.
func (o *SSLObject) steps(c *call) error {
	for {
		switch err := o.step(c); {
		case o.link.answer(&o.mu): // the handshake has what it waited for
		case err == nil:
			return nil
		case errors.Is(err, engine.ErrAborted):
			return &Error{Kind: KindSSL, Op: c.op.name, Library: "SSL", Reason: "UNINITIALIZED", Err: err}
		case !errors.Is(err, engine.ErrWantRead):
			return o.outcome(c, err)
		case !o.pull():
			return c.op.wantRead
		}
	}
}

// pull gives the engine the present record, or what there is of it, or the
// end. false means that there is nothing more yet.
func (o *SSLObject) pull() bool {
	buf := records.Get().(*recordBuffer)
	defer records.Put(buf)
	have := 0
	for {
		n := o.incoming.ReadInto(buf[have : have+o.frames.want()])
		o.frames.took(buf[have : have+n])
		have += n
		switch {
		case n > 0 && !o.frames.due():
			continue
		case have == 0 && !o.incoming.EOF():
			return false
		}
		o.engine.Feed(buf[:have])
		if n == 0 && o.incoming.EOF() {
			o.engine.FeedEOF()
		}
		return true
	}
}

// DoHandshake steps the handshake, and returns nil when it is complete.
func (o *SSLObject) DoHandshake() error { return o.run(&call{op: opHandshake}) }

// Read returns at most n bytes of plaintext, of one record; none at the end
// that the peer has announced. They are the caller's.
func (o *SSLObject) Read(n int) ([]byte, error) {
	if n < 0 {
		return nil, &ValueError{"size should not be negative"}
	}
	p := make([]byte, min(n, recordSize)) // n may be "all there is"
	n, err := o.ReadInto(p)
	return p[:n], err
}

// ReadInto is Read into p.
func (o *SSLObject) ReadInto(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	c := call{op: opRead, p: p}
	switch err := o.run(&c); {
	case err == nil, errors.Is(err, io.EOF):
	case errors.Is(err, engine.ErrTruncated) && o.ignoresEOF():
	default:
		return 0, err
	}
	return c.n, nil
}

// ignoresEOF reports whether an end without a farewell is an end, see
// [OP_IGNORE_UNEXPECTED_EOF]. Before the end of the handshake it never is.
func (o *SSLObject) ignoresEOF() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.negotiated && o.link.rules.ignoreEOF
}

// Write encrypts all of p.
func (o *SSLObject) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	err := o.steps(&call{op: opWrite, p: p})
	o.wrote = 0 // a handshake in progress has taken nothing
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

// Unwrap says farewell and waits for the peer's. What follows it stays in the
// incoming MemoryBIO.
func (o *SSLObject) Unwrap() error { return o.run(&call{op: opUnwrap}) }

// Abort ends the connection without a farewell, and a handshake in progress.
// Calls fail from then on.
func (o *SSLObject) Abort() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.engine.Abort()
}
