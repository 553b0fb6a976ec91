package fdsock

import "fmt"

// HError is Python's socket.herror: a failed look-up by GetHostByAddr or
// GetHostByNameEx.
type HError struct {
	Code int // h_errno
	Text string
	Host string
	Err  error // the resolver's error, if any
}

// Error names the host, what is wrong, and the code: "192.0.2.1: Unknown host
// (herror 1)".
func (e *HError) Error() string { return fmt.Sprintf("%s: %s (herror %d)", e.Host, e.Text, e.Code) }

// Unwrap returns the resolver's error.
func (e *HError) Unwrap() error { return e.Err }

// Values of h_errno, see gethostbyname(3).
const (
	hostNotFound = 1
	tryAgain     = 2
	noRecovery   = 3
)

// hostTexts is what hstrerror(3) says.
var hostTexts = map[int]string{
	hostNotFound: "Unknown host",
	tryAgain:     "Host name lookup failure",
	noRecovery:   "Unknown server error",
}

func herror(code int, host string, err error) *HError {
	return &HError{Code: code, Text: hostTexts[code], Host: host, Err: err}
}
