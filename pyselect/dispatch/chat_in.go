package dispatch

import "bytes"

// HandleRead receives, and takes the input apart at its terminators. One that
// FoundTerminator sets counts for what follows.
func (c *AsyncChat) HandleRead() error {
	data, err := c.Recv(c.InBufferSize)
	if err != nil {
		return guard(c.me(), err)
	}
	// What is handed out is never written to again: it is another's, or before
	// what is left.
	if len(c.in) == 0 {
		c.in = data
	} else {
		c.in = append(c.in, data...)
	}
	for len(c.in) > 0 {
		enough, err := c.digest()
		if err != nil || !enough {
			return err
		}
	}
	return nil
}

// digest collects input up to the terminator; false if it must wait for more.
func (c *AsyncChat) digest() (more bool, err error) {
	switch {
	case len(c.terminator) > 0:
		return c.untilTerminator()
	case c.count == 0:
		return true, c.collect(len(c.in), 0)
	case len(c.in) < c.count:
		c.count -= len(c.in)
		return true, c.collect(len(c.in), 0)
	}
	n := c.count
	c.count = 0
	if err := c.collect(n, 0); err != nil {
		return false, err
	}
	return true, c.chat.FoundTerminator()
}

func (c *AsyncChat) untilTerminator() (more bool, err error) {
	if at := bytes.Index(c.in, c.terminator); at >= 0 {
		if err := c.collect(at, len(c.terminator)); err != nil {
			return false, err
		}
		return true, c.chat.FoundTerminator()
	}
	prefix := FindPrefixAtEnd(c.in, c.terminator)
	return prefix == 0, c.collect(len(c.in)-prefix, 0)
}

// collect hands out the first n bytes of input, if there are any, and skips
// those after them.
func (c *AsyncChat) collect(n, skip int) error {
	data := c.in[:n:n]
	c.in = c.in[n+skip:]
	if n == 0 {
		return nil
	}
	return c.chat.CollectIncomingData(data)
}

// FindPrefixAtEnd returns the length of the longest proper prefix of needle
// that haystack ends with.
func FindPrefixAtEnd(haystack, needle []byte) int {
	for n := len(needle) - 1; n > 0; n-- {
		if bytes.HasSuffix(haystack, needle[:n]) {
			return n
		}
	}
	return 0
}
