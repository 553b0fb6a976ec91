package tlsbridge

import "fmt"

// Option is one of Python's OP_ bits, with OpenSSL's numbers.
type Option uint64

// The options. Those that say "always so" describe what crypto/tls does in any
// case; taking them away changes nothing, as OpenSSL's may be taken away on
// builds without the feature.
const (
	OP_ALL                      Option = 0x80000050 // workarounds for old peers: crypto/tls has none to switch off
	OP_NO_SSLv2                 Option = 0
	OP_NO_SSLv3                 Option = 0x02000000 // always so
	OP_NO_TLSv1                 Option = 0x04000000
	OP_NO_TLSv1_1               Option = 0x10000000
	OP_NO_TLSv1_2               Option = 0x08000000
	OP_NO_TLSv1_3               Option = 0x20000000
	OP_CIPHER_SERVER_PREFERENCE Option = 0x00400000 // always so
	OP_SINGLE_DH_USE            Option = 0
	OP_SINGLE_ECDH_USE          Option = 0
	OP_NO_TICKET                Option = 0x00004000 // no session tickets, and so no resumption
	OP_NO_COMPRESSION           Option = 0x00020000 // always so
	OP_NO_RENEGOTIATION         Option = 0x40000000 // always so
	OP_ENABLE_MIDDLEBOX_COMPAT  Option = 0x00100000 // always so
	OP_IGNORE_UNEXPECTED_EOF    Option = 0x00000080 // an end without close_notify is an end
)

const (
	defaultOptions = OP_ALL | OP_NO_SSLv3 | OP_CIPHER_SERVER_PREFERENCE | OP_NO_COMPRESSION | OP_ENABLE_MIDDLEBOX_COMPAT
	knownOptions   = defaultOptions | OP_NO_TLSv1 | OP_NO_TLSv1_1 | OP_NO_TLSv1_2 | OP_NO_TLSv1_3 |
		OP_NO_TICKET | OP_NO_RENEGOTIATION | OP_IGNORE_UNEXPECTED_EOF
)

// Options returns the options: SSLContext.options. Any goroutine.
func (c *Context) Options() Option {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.options
}

// SetOptions replaces the options. A bit that crypto/tls cannot give effect to
// is a NotImplementedError. Any goroutine.
func (c *Context) SetOptions(o Option) error {
	if unknown := o &^ knownOptions; unknown != 0 {
		return &NotImplementedError{fmt.Sprintf("crypto/tls has nothing for the options 0x%x", uint64(unknown))}
	}
	return c.change(func() error { c.options = o; return nil })
}

// disabledBy pairs the versions with what switches them off, the oldest first.
var disabledBy = [...]struct {
	version TLSVersion
	option  Option
}{{TLSv1, OP_NO_TLSv1}, {TLSv1_1, OP_NO_TLSv1_1}, {TLSv1_2, OP_NO_TLSv1_2}, {TLSv1_3, OP_NO_TLSv1_3}}

// versions returns the range that minimum, maximum and options leave; ok is
// false if that is nothing. crypto/tls knows ranges only, so a hole in it is
// an error. Call with mu held.
func (c *Context) versions() (low, high TLSVersion, err error) {
	low, high = c.minimum, c.maximum
	if v := c.protocol.pinned(); v != 0 {
		low, high = v, v
	}
	if high == MAXIMUM_SUPPORTED {
		high = TLSv1_3
	}
	var first, last TLSVersion
	count := 0
	for i, d := range disabledBy {
		if d.version < low || d.version > high || c.options&d.option != 0 {
			continue
		}
		if last != 0 && disabledBy[i-1].version != last {
			return 0, 0, &NotImplementedError{fmt.Sprintf("crypto/tls cannot leave out the versions between %v and %v", last, d.version)}
		}
		if count++; count == 1 {
			first = d.version
		}
		last = d.version
	}
	if count == 0 { // crypto/tls finds out by itself, and says so to the caller
		return TLSv1_3, TLSv1_2, nil
	}
	return first, last, nil
}
