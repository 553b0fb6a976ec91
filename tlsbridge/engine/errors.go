package engine

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
)

var (
	// ErrWantRead says that the call needs more ciphertext: feed some and call
	// again. It is a net.Error whose Temporary method answers true, which is
	// what makes crypto/tls go on after it.
	ErrWantRead error = &wantError{"tls engine: more ciphertext is needed"}

	// ErrWantWrite says that the handshake cannot go on before Outgoing has
	// been taken; only Read and Write before the end of the handshake return
	// it.
	ErrWantWrite error = &wantError{"tls engine: outgoing ciphertext must be taken first"}

	// ErrTruncated is the end of the transport without close_notify, which
	// may be an attack. It wraps io.ErrUnexpectedEOF.
	ErrTruncated = fmt.Errorf("tls engine: transport ended without close_notify: %w", io.ErrUnexpectedEOF)

	// ErrShutdown answers a Write after CloseNotify.
	ErrShutdown = errors.New("tls engine: write after close_notify")

	// ErrHandshakeIncomplete answers a CloseNotify before the handshake is
	// done.
	ErrHandshakeIncomplete = errors.New("tls engine: handshake is not complete")

	// ErrRenegotiation answers a peer's renegotiation that the tls.Config
	// allows and the engine does not do.
	ErrRenegotiation = errors.New("tls engine: renegotiation is not supported")

	// ErrAborted answers everything after Abort. It wraps net.ErrClosed.
	ErrAborted = fmt.Errorf("tls engine: aborted: %w", net.ErrClosed)

	// errPanicked is the sticky error of an engine whose handshake left by a
	// panic in a callback of the tls.Config.
	errPanicked = errors.New("tls engine: handshake panicked")
)

// wantError is a would-block as crypto/tls understands it.
type wantError struct{ text string }

// Error implements error. Any goroutine.
func (e *wantError) Error() string { return e.text }

// Timeout implements net.Error. Any goroutine.
func (e *wantError) Timeout() bool { return false }

// Temporary implements net.Error. Any goroutine.
func (e *wantError) Temporary() bool { return true }

// Status is what a Handshake call came to.
type Status uint8

// The results of Handshake.
const (
	// WantRead says: feed ciphertext and call again.
	WantRead Status = iota
	// WantWrite says: take Outgoing and call again.
	WantWrite
	// Done says that the handshake is over. Outgoing may still hold its last
	// flight.
	Done
)

// String returns the constant's name. Any goroutine.
func (s Status) String() string {
	switch s {
	case WantRead:
		return "WantRead"
	case WantWrite:
		return "WantWrite"
	case Done:
		return "Done"
	}
	return "Status(" + strconv.Itoa(int(s)) + ")"
}
