package reactor

import (
	"fmt"
	"io"
	"os"
	"path"
	"runtime"
	"strconv"
	"strings"
	"sync"
)

// traceVariable is the environment variable that makes groups without a
// Trace of their own trace to standard error.
const traceVariable = "POLLUX_TRACE"

// tracer prints what a group's loops see, decoded, a line each. A nil tracer
// prints nothing.
type tracer struct {
	mu  sync.Mutex
	out io.Writer
}

func newTracer(out io.Writer) *tracer {
	if on := os.Getenv(traceVariable); out == nil && on != "" && on != "0" {
		out = os.Stderr
	}
	if out == nil {
		return nil
	}
	return &tracer{out: out}
}

func (t *tracer) event(l *Loop, h *Handle, r Readiness) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	_, _ = fmt.Fprintf(t.out, "pollux: loop %d: fd %d (%s) %v\n", l.index, h.fd, h.origin.kind, r)
}

// isOurs reports whether a function belongs to the layers of Pollux, whose
// callers are of more interest than they are themselves.
func isOurs(function string) bool {
	const module = "github.com/pollux-net/pollux/"
	rest, ours := strings.CutPrefix(function, module)
	if !ours || strings.Contains(rest, "_test.") {
		return false
	}
	for _, layer := range []string{"reactor.", "reactor/stream.", "fdsock.", "tlsbridge."} {
		if strings.HasPrefix(rest, layer) {
			return true
		}
	}
	return false
}

func position(f runtime.Frame) string {
	return path.Base(f.File) + ":" + strconv.Itoa(f.Line)
}
