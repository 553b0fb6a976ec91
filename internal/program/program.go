// Package program is what the main functions of the examples have in common:
// their command line, how they end, and what a server does when it cannot
// accept.
package program

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
)

// The exit codes besides 0.
const (
	exitFailure = 1
	exitUsage   = 2
)

// Main is a program's main function: it runs until it has ended, fails or the
// process is interrupted, which ends the context. Help that was asked for is no
// failure; the exit code is 1 for a failure, and 2 for a [*UsageError].
func Main(name string, run func(ctx context.Context, args []string, out io.Writer) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := report(name, run(ctx, os.Args[1:], os.Stdout), os.Stderr)
	stop()
	os.Exit(code)
}

// report says what has gone wrong, and returns the exit code.
func report(name string, err error, stderr io.Writer) int {
	if err == nil || errors.Is(err, ErrHelp) {
		return 0
	}
	_, _ = fmt.Fprintf(stderr, "%s: %v\n", name, err)
	var usage *UsageError
	if !errors.As(err, &usage) {
		return exitFailure
	}
	_, _ = fmt.Fprintf(stderr, "Try %s -h.\n", usage.Command)
	return exitUsage
}
