package engine

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
)

// Conn is one end of a TLS connection, without a transport. The package
// comment says who may call its methods.
type Conn struct {
	pipe  pipe
	tls   *tls.Conn
	plain store  // what is left of the current record
	raw   *block // what crypto/tls reads a record into, see lendRaw
	whole bool   // crypto/tls has been lent a record where it is, see lendRecord

	next func() (struct{}, bool) // resumes the handshake; nil outside it
	stop func()                  // ends it
	hErr error                   // what the handshake came to

	err     error // why everything fails; set in failed and aborted
	readErr error // what Read says when plain is empty: EOF, truncation, err

	state  State
	server bool
	inline bool
	paused bool // a callback has suspended the handshake
}

// NewClient returns the client's end. Like tls.Client it needs a ServerName
// or InsecureSkipVerify in the config, which it shares and does not change.
// Any goroutine; the caller becomes the owner.
func NewClient(cfg *tls.Config) *Conn {
	c := newConn()
	c.tls = tls.Client(&c.pipe, cfg)
	return c
}

// NewServer returns the server's end. Like tls.Server it needs a certificate
// in the config, which it shares and does not change. Any goroutine; the
// caller becomes the owner.
func NewServer(cfg *tls.Config) *Conn {
	c := newConn()
	c.server = true
	c.tls = tls.Server(&c.pipe, cfg)
	return c
}

func newConn() *Conn {
	return &Conn{pipe: pipe{local: memAddr{}, remote: memAddr{}}}
}

// SetAddrs gives the addresses that callbacks of the tls.Config see on
// ClientHelloInfo.Conn; a client without a ServerName keeps its sessions by
// the remote one. Nil leaves an address as it is. Owner only, before the
// handshake.
func (c *Conn) SetAddrs(local, remote net.Addr) {
	if local != nil {
		c.pipe.local = local
	}
	if remote != nil {
		c.pipe.remote = remote
	}
}

// SetInline makes Handshake run in the caller's goroutine instead of a short
// one of its own, which saves about a microsecond per call. The runtime ends
// the program if a coroutine is resumed by a goroutine that is locked to a
// thread, or made by one that is and resumed by another. So it is for owners
// that know their goroutines, not for those called from anywhere: a caller may
// have used runtime.LockOSThread, and one that C has called is always locked.
// Owner only, before the handshake.
func (c *Conn) SetInline(on bool) { c.inline = on }

// Feed gives ciphertext from the peer to the engine, which copies it. Owner
// only. After FeedEOF and Abort the bytes are dropped.
func (c *Conn) Feed(p []byte) {
	if c.pipe.eof || c.pipe.gone {
		return
	}
	c.pipe.settle()
	c.pipe.in.append(p)
}

// Borrow is Feed without the copy: the engine reads from p in the calls that
// follow, decrypts there too, so that p does not stay what it was, until Settle,
// and the owner leaves p alone until then. A Borrow
// or Feed settles an earlier Borrow. Owner only.
func (c *Conn) Borrow(p []byte) {
	if c.state == StateIdle { // HelloComplete looks at one piece of memory
		c.Feed(p)
		return
	}
	if c.pipe.eof || c.pipe.gone {
		return
	}
	c.pipe.settle()
	c.pipe.lent = p
}

// Settle ends a Borrow: what crypto/tls has not taken is copied, and the
// memory is the owner's again. Owner only.
func (c *Conn) Settle() { c.pipe.settle() }

// FeedEOF tells that the transport has ended: nothing follows what was fed.
// Owner only.
func (c *Conn) FeedEOF() { c.pipe.eof = true }

// Buffered returns how many bytes of ciphertext were fed and have not been
// given to crypto/tls. What crypto/tls itself holds is the beginning of one
// record at most. Owner only.
func (c *Conn) Buffered() int { return c.pipe.buffered() }

// TakeUnread removes and returns the bytes that were fed and are not TLS's:
// those behind the peer's close_notify, those that nobody has looked at before
// the handshake began, or those behind the record that made it fail. They are
// the caller's. While TLS still reads it returns nil. Owner only.
func (c *Conn) TakeUnread() []byte {
	if c.readErr == nil && c.state != StateIdle {
		return nil
	}
	c.pipe.settle()
	if c.pipe.in.len() == 0 {
		return nil
	}
	rest := make([]byte, c.pipe.in.len())
	c.pipe.in.take(rest)
	return rest
}

// Outgoing returns the ciphertext for the peer, in order, all of it. It is
// valid until the next call of any method; Sent says how much of it has gone.
// Every method that runs TLS may add to it, Read too: look after each call,
// and after errors, for the alert. Owner only.
func (c *Conn) Outgoing() []byte { return c.pipe.out.data }

// Sent removes n bytes from the front of Outgoing. It panics if there are not
// so many. Owner only.
func (c *Conn) Sent(n int) { c.pipe.out.drop(n) }

// SetSink gives a function that is offered ciphertext before it is queued, so
// that it can reach a socket without a copy. It returns how many bytes it has
// taken, which may be none, and must not keep p. It is called inside Handshake,
// Read, Fill, Write and CloseNotify, once for each write of crypto/tls (one per
// record, or one per handshake flight), only while Outgoing is empty, and must
// not call the Conn. Nil removes it. Owner only.
func (c *Conn) SetSink(sink func(p []byte) int) { c.pipe.sink = sink }

// PeerClosed reports whether the peer's close_notify has been read. Owner
// only.
func (c *Conn) PeerClosed() bool { return errors.Is(c.readErr, io.EOF) }

// Ended reports whether Read returns io.EOF or an error once the plaintext that
// is there has been read. Owner only.
func (c *Conn) Ended() bool { return c.readErr != nil }

// ConnectionState returns what crypto/tls says of the connection; the zero
// value while the handshake runs. Owner only.
func (c *Conn) ConnectionState() tls.ConnectionState {
	if c.state == StateHandshaking { // crypto/tls holds its mutex
		return tls.ConnectionState{}
	}
	return c.tls.ConnectionState()
}

// Abort ends the engine at once: a handshake is unwound, buffers are freed,
// Outgoing is dropped and nothing more is sent. Every Conn whose handshake has
// begun and neither succeeded nor failed must be aborted, or its coroutine
// leaks; for others Abort only frees memory early. It may be called again.
// Owner only.
func (c *Conn) Abort() {
	if c.state == StateAborted {
		return
	}
	c.setState(StateAborted)
	c.err, c.readErr = ErrAborted, ErrAborted
	c.pipe.gone = true
	c.unwind()
	c.pipe.in.release()
	c.pipe.out.release()
	c.plain.release()
	c.pipe.lent, c.pipe.sink = nil, nil
}

// fail makes err what every later call returns.
func (c *Conn) fail(err error) error {
	c.setState(StateFailed)
	c.err = err
	if c.readErr == nil {
		c.readErr = err
	}
	return err
}
