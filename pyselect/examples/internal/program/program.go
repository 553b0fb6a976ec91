// Package program is what the main functions of the examples have in common.
package program

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
)

// Main is a program's main function: it runs until it fails or the process is
// interrupted.
func Main(run func(ctx context.Context, args []string, out io.Writer) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
