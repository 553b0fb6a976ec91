package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
)

// tlsCodec encrypts with crypto/tls and does not decrypt at all: the lengths
// in the record headers tell how much plaintext has come. A client which
// decrypted would need the same time as the server and could not saturate it.
type tlsCodec struct {
	conn      *tls.Conn
	transport *switchConn
	message   []byte
	records   recordCounter
}

func (c *tlsCodec) encode() ([]byte, error) {
	c.transport.written = c.transport.written[:0]
	_, err := c.conn.Write(c.message)
	return c.transport.written, err
}

func (c *tlsCodec) decode(wire []byte) (int, error) { return c.records.count(wire) }

// switchConn is the transport of a tls.Conn: the socket at first, later a
// buffer which keeps what is written.
type switchConn struct {
	net.Conn // nil: only Read, Write and the deadlines are ever called
	stream   io.ReadWriter
	capture  bool
	written  []byte
}

func (c *switchConn) Read(p []byte) (int, error) { return c.stream.Read(p) }

func (c *switchConn) Write(p []byte) (int, error) {
	if !c.capture {
		return c.stream.Write(p)
	}
	c.written = append(c.written, p...)
	return len(p), nil
}

const (
	recordHeader    = 5
	applicationData = 23
	// recordOverhead is the content type and the AEAD tag inside a TLS 1.3
	// record, see RFC 8446, section 5.2. Nobody here pads.
	recordOverhead = 1 + 16
)

// recordCounter follows TLS 1.3 records through a stream cut anywhere.
type recordCounter struct {
	header  [recordHeader]byte
	have    int // bytes of the header
	missing int // bytes of the body
}

// count returns the plaintext bytes of the records that end in wire.
func (r *recordCounter) count(wire []byte) (plain int, err error) {
	for len(wire) > 0 {
		if r.have < recordHeader {
			n := copy(r.header[r.have:], wire)
			r.have += n
			wire = wire[n:]
			if r.have < recordHeader {
				break
			}
			if err := r.startBody(); err != nil {
				return plain, err
			}
		}
		n := min(r.missing, len(wire))
		r.missing -= n
		wire = wire[n:]
		if r.missing == 0 {
			plain += r.bodyLength() - recordOverhead
			r.have = 0
		}
	}
	return plain, nil
}

func (r *recordCounter) startBody() error {
	r.missing = r.bodyLength()
	if r.header[0] != applicationData || r.missing <= recordOverhead {
		return fmt.Errorf("unexpected TLS record: type %d, %d bytes", r.header[0], r.missing)
	}
	return nil
}

func (r *recordCounter) bodyLength() int {
	return int(r.header[3])<<8 | int(r.header[4])
}
