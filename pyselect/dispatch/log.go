package dispatch

import (
	"fmt"
	"io"
	"os"
	"slices"
)

// Log prints a message to the standard error output.
func (d *Dispatcher) Log(message string) {
	_, _ = fmt.Fprintf(or(d.logTo, os.Stderr), "log: %s\n", message)
}

// LogInfo prints a message and its kind to the standard output, unless that
// kind is ignored. Part of [Handler], to be overridden.
func (d *Dispatcher) LogInfo(message, kind string) {
	if !slices.Contains(d.ignored, kind) {
		_, _ = fmt.Fprintf(or(d.infos, os.Stdout), "%s: %s\n", kind, message)
	}
}

// SetOutput has Log and LogInfo print elsewhere; nil is where they do without.
func (d *Dispatcher) SetOutput(log, info io.Writer) { d.logTo, d.infos = log, info }

// IgnoreLogTypes replaces the kinds that LogInfo does not print, at first only
// "warning".
func (d *Dispatcher) IgnoreLogTypes(kinds ...string) { d.ignored = kinds }

func or(w, instead io.Writer) io.Writer {
	if w == nil {
		return instead
	}
	return w
}
