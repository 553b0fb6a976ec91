package fdsock_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
)

// The grammar of error texts.
var (
	textOp      = `(?:socket|socketpair|bind|listen|accept|connect|connect_ex|shutdown|close|recv|send|sendall|getsockname|getpeername|getsockopt|setsockopt|await|recvfrom|recvmsg|sendto|sendmsg|dup|setdeadline|get_inheritable|set_inheritable|setblocking|control|create_connection|sendfile|splice)`
	textErrno   = regexp.MustCompile(`^` + textOp + `(?: .+)?: (E[A-Z0-9]+) \(([A-Z][A-Za-z]*Error)\): (?:[a-z]|AF_UNIX ).*$`)
	textPlain   = regexp.MustCompile(`^` + textOp + `(?: .+)?: OSError: .+$`) // where Python gives no number
	textTimeout = regexp.MustCompile(`^` + textOp + `(?: .+)?: TimeoutError: timed out$`)
	textGAI     = regexp.MustCompile(`^.*: [A-Z].* \(gaierror -\d+\)$`)
)

// checkText parses the text of an error that a test has met.
func checkText(tb testing.TB, err error) {
	tb.Helper()
	if err == nil {
		return
	}
	var gai *fdsock.GAIError
	var value *fdsock.ValueError
	var overflow *fdsock.OverflowError
	switch {
	case errors.As(err, &value), errors.As(err, &overflow):
	case errors.As(err, &gai):
		if !textGAI.MatchString(err.Error()) {
			tb.Errorf("error text %q", err)
		}
	default:
		checkOSError(tb, err)
	}
}

func checkOSError(tb testing.TB, err error) {
	tb.Helper()
	var e *fdsock.Error
	if !errors.As(err, &e) {
		tb.Errorf("%T is not a *fdsock.Error: %v", err, err)
		return
	}
	text := e.Error()
	m := textErrno.FindStringSubmatch(text)
	says := e.Text
	if says == "" && e.Errno != 0 {
		says = e.Errno.Error()
	}
	switch {
	case !strings.HasSuffix(text, says):
		tb.Errorf("error text %q does not say %q", text, says)
	case e.Errno != 0:
		if m == nil || m[1] != sys.ErrnoName(e.Errno) || m[2] != fdsock.ClassName(e.Errno) {
			tb.Errorf("error text %q of %s", text, sys.ErrnoName(e.Errno))
		}
	case e.Text != "" && !textPlain.MatchString(text), e.Text == "" && !textTimeout.MatchString(text):
		tb.Errorf("error text %q", text)
	}
	if e.Addr != nil && !strings.Contains(text, " "+e.Addr.String()+": ") {
		tb.Errorf("error text %q lacks the address %v", text, e.Addr)
	}
	if !strings.HasPrefix(text, e.Op) {
		tb.Errorf("error text %q lacks the operation %s", text, e.Op)
	}
}
