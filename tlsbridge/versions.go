package tlsbridge

import (
	"errors"
	"fmt"
)

var errALPN = errors.New("ALPN protocols must be 1 to 255 in length")

// MinimumVersion returns the lowest version to be negotiated. Any goroutine.
func (c *Context) MinimumVersion() TLSVersion {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.minimum
}

// MaximumVersion returns the highest version to be negotiated, which may be
// MAXIMUM_SUPPORTED. Any goroutine.
func (c *Context) MaximumVersion() TLSVersion {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.maximum
}

// SetMinimumVersion sets the lowest version to be negotiated. As in Python it
// may be above the maximum for now, or below all that is there (SSLv3); a range
// that stays empty makes the handshake fail with
// NO_PROTOCOLS_AVAILABLE.
func (c *Context) SetMinimumVersion(v TLSVersion) error {
	if err := c.mayBe(v); err != nil {
		return err
	}
	if v == MAXIMUM_SUPPORTED {
		v = TLSv1_3
	}
	return c.change(func() error { c.minimum = v; return nil })
}

// SetMaximumVersion sets the highest version to be negotiated. SSLv3 would
// leave nothing, and is refused.
func (c *Context) SetMaximumVersion(v TLSVersion) error {
	if err := c.mayBe(v); err != nil {
		return err
	}
	if v == SSLv3 {
		return &ValueError{"Unsupported protocol version 0x300"}
	}
	if v == MINIMUM_SUPPORTED {
		v = TLSv1
	}
	return c.change(func() error { c.maximum = v; return nil })
}

// SetVersions sets both, which must be in order.
func (c *Context) SetVersions(minimum, maximum TLSVersion) error {
	for _, v := range []TLSVersion{minimum, maximum} {
		if err := c.mayBe(v); err != nil {
			return err
		}
	}
	if maximum >= 0 && (minimum > maximum || minimum == MAXIMUM_SUPPORTED && maximum < TLSv1_3) {
		return &ValueError{fmt.Sprintf("minimum version %v is above the maximum version %v", minimum, maximum)}
	}
	if err := c.SetMaximumVersion(maximum); err != nil {
		return err
	}
	return c.SetMinimumVersion(minimum)
}

// mayBe refuses what is no version, and any version where the protocol pins
// one.
func (c *Context) mayBe(v TLSVersion) error {
	if c.protocol.pinned() != 0 {
		return &ValueError{"The context's protocol doesn't support modification of highest and lowest version."}
	}
	switch v {
	case MINIMUM_SUPPORTED, MAXIMUM_SUPPORTED, SSLv3, TLSv1, TLSv1_1, TLSv1_2, TLSv1_3:
		return nil
	}
	return &ValueError{fmt.Sprintf("Unsupported TLS/SSL version 0x%x", uint32(v))} //nolint:gosec // as C prints it
}
