package engine

const (
	recordAlert     = 21
	recordHandshake = 22

	// maxHello is the longest message that crypto/tls takes as a first one.
	maxHello = 64 << 10
	// maxRecord is the longest body that crypto/tls takes in a first record.
	maxRecord = maxPlaintext + 2048
	// maxHelloRecords bounds the work of looking at a hello that comes in many
	// tiny records, byte by byte; one in more is crypto/tls's to wait for.
	maxHelloRecords = 64
)

// HelloComplete reports whether a server should begin its handshake: a whole
// ClientHello was fed, in one record or several, or something that crypto/tls
// will refuse, or more tiny records than anybody sends. Until then a handshake would only sit there, with a stack. It is
// true for clients and once the handshake has begun. Owner only.
func (c *Conn) HelloComplete() bool {
	return !c.server || c.state != StateIdle || helloComplete(c.pipe.in.data)
}

// helloComplete looks at the first bytes of a connection.
func helloComplete(b []byte) bool {
	var msg hello
	for range maxHelloRecords {
		if len(b) < headerLen {
			return false
		}
		n := bodyLen(b[3], b[4])
		if !plausible(b, n) {
			return true
		}
		if len(b) < headerLen+n {
			return false
		}
		if b[0] != recordHandshake || msg.add(b[headerLen:headerLen+n]) {
			return true
		}
		b = b[headerLen+n:]
	}
	return true
}

// plausible reports whether crypto/tls would go on to the body after such a
// header at the beginning of a connection.
func plausible(hdr []byte, n int) bool {
	known := hdr[0] == recordHandshake || hdr[0] == recordAlert
	return known && hdr[1] < 0x10 && n > 0 && n <= maxRecord
}

// hello is a handshake message that arrives in pieces.
type hello struct {
	head [4]byte // type and length
	have int
}

// add takes the body of a record and reports whether the message is complete
// or too long.
func (h *hello) add(body []byte) bool {
	if h.have < len(h.head) {
		copy(h.head[h.have:], body)
	}
	h.have += len(body)
	if h.have < len(h.head) {
		return false
	}
	n := int(h.head[1])<<16 | int(h.head[2])<<8 | int(h.head[3])
	return n > maxHello || h.have >= len(h.head)+n
}
