package engine

import (
	"net"
	"time" //nolint:depguard // the methods of net.Conn name time.Time; no clock is read
)

const headerLen = 5

// pipe is the transport that crypto/tls sees. It is both halves of the memory
// between the two, and the place where a handshake is suspended.
//
// A tls.RecordHeaderError and a tls.ClientHelloInfo carry it as their Conn:
// what is written to it there goes out in clear, as on a socket.
type pipe struct {
	in   store  // ciphertext from the peer, our copy
	lent []byte // more of it, in memory of the owner; behind in
	out  store  // ciphertext for the peer

	sink  func([]byte) int
	yield func(struct{}) bool // suspends the handshake; nil outside it

	local, remote net.Addr

	onLoan int // bytes at the front of in that crypto/tls reads where they are

	hdr    [headerLen]byte // header of the record that is being handed over
	hdrLen int             // how much of it has been
	left   int             // bytes of its body that have not

	ended   bool // the end of a record was reached since the last arm
	blocked bool // a Read found nothing since the last arm
	eof     bool // nothing follows in and lent
	gone    bool // aborted

	alert  byte // what the next clear internal_error is to say
	alerts bool // if there is such a wish
}

var _ net.Conn = (*pipe)(nil)

// arm lets Read hand over one record, or what there is of it.
func (p *pipe) arm() { p.ended, p.blocked = false, false }

// ready reports whether a Read would return something else than ErrWantRead.
func (p *pipe) ready() bool { return p.buffered() > 0 || p.eof }

func (p *pipe) buffered() int { return p.in.len() - p.onLoan + len(p.lent) }

// Read implements net.Conn for crypto/tls. It never crosses a record's end, and
// outside the handshake stops there until the next arm.
func (p *pipe) Read(b []byte) (int, error) {
	for p.buffered() == 0 || p.ended && p.yield == nil {
		if err := p.wait(); err != nil {
			return 0, err
		}
	}
	return p.serve(b), nil
}

// wait returns when there may be something to read, in the handshake, and
// otherwise says why there is not.
func (p *pipe) wait() error {
	switch {
	case p.gone:
		return ErrAborted
	case p.eof && p.buffered() == 0:
		return ErrTruncated
	case p.yield == nil:
		p.blocked = true
		return ErrWantRead
	case !p.yield(struct{}{}):
		p.gone = true
		return ErrAborted
	}
	return nil
}

func (p *pipe) serve(b []byte) int {
	if p.in.len() > 0 {
		n := p.frame(b, p.in.data)
		p.in.drop(n)
		return n
	}
	n := p.frame(b, p.lent)
	p.lent = p.lent[n:]
	return n
}

// frame copies from src to b up to the end of the record. In the handshake it
// stops behind the header as well: what is not TLS fails there, and the rest of
// it can go back. Afterwards that would cost crypto/tls an allocation.
func (p *pipe) frame(b, src []byte) int {
	n := 0
	if p.hdrLen < headerLen {
		n = copy(b, src[:min(len(src), headerLen-p.hdrLen)])
		p.hdrLen += copy(p.hdr[p.hdrLen:], b[:n])
		if p.hdrLen < headerLen {
			return n
		}
		p.left = bodyLen(p.hdr[3], p.hdr[4])
		if p.yield != nil {
			p.endRecord()
			return n
		}
	}
	m := copy(b[n:], src[n:min(len(src), n+p.left)])
	p.left -= m
	p.endRecord()
	return n + m
}

// lend returns the record that a Read comes to next, if all of it is in one
// piece, and counts it as read. It is valid until lentBack.
func (p *pipe) lend() []byte {
	src, kept := p.lent, p.in.len() > 0
	if kept {
		src = p.in.data
	}
	if p.hdrLen > 0 || p.left > 0 || len(src) < headerLen {
		return nil
	}
	n := headerLen + bodyLen(src[3], src[4])
	if n > headerLen+maxRecord || n > len(src) {
		return nil
	}
	if kept {
		p.onLoan = n
	} else {
		p.lent = src[n:]
	}
	p.ended = true
	return src[:n:n]
}

// lentBack ends the loan.
func (p *pipe) lentBack() {
	if p.onLoan > 0 {
		p.in.drop(p.onLoan)
		p.onLoan = 0
	}
}

func (p *pipe) endRecord() {
	if p.left == 0 {
		p.hdrLen, p.ended = 0, true
	}
}

// recordLen is the length of the body of the record that a Read comes to
// next, or zero while its header is not all there.
func (p *pipe) recordLen() int {
	if p.hdrLen == headerLen {
		return bodyLen(p.hdr[3], p.hdr[4])
	}
	if p.hdrLen+p.buffered() < headerLen {
		return 0
	}
	return bodyLen(p.headerByte(3), p.headerByte(4))
}

func (p *pipe) headerByte(i int) byte {
	if i < p.hdrLen {
		return p.hdr[i]
	}
	i -= p.hdrLen
	if i < p.in.len() {
		return p.in.data[i]
	}
	return p.lent[i-p.in.len()]
}

func bodyLen(hi, lo byte) int { return int(hi)<<8 | int(lo) }

// settle copies what is left of the lent memory.
func (p *pipe) settle() {
	p.in.append(p.lent)
	p.lent = nil
}

// Write implements net.Conn for crypto/tls. It takes everything.
func (p *pipe) Write(b []byte) (int, error) {
	if p.gone {
		return len(b), nil
	}
	b = p.reword(b)
	taken := 0
	if p.sink != nil && p.out.len() == 0 {
		taken = p.sink(b)
	}
	p.out.append(b[taken:])
	return len(b), nil
}

// Close implements net.Conn; closing the transport is the owner's business.
func (p *pipe) Close() error { return nil }

// LocalAddr implements net.Conn.
func (p *pipe) LocalAddr() net.Addr { return p.local }

// RemoteAddr implements net.Conn.
func (p *pipe) RemoteAddr() net.Addr { return p.remote }

// SetDeadline implements net.Conn. Nothing here waits.
func (p *pipe) SetDeadline(time.Time) error { return nil }

// SetReadDeadline implements net.Conn. Nothing here waits.
func (p *pipe) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline implements net.Conn. Nothing here waits.
func (p *pipe) SetWriteDeadline(time.Time) error { return nil }

// memAddr is the address of an engine that was given none. It is never nil,
// because crypto/tls and callbacks of its users call methods on it.
type memAddr struct{}

// Network implements net.Addr.
func (memAddr) Network() string { return "memory" }

// String implements net.Addr.
func (memAddr) String() string { return "memory" }
