package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/pollux-net/pollux/internal/sys"
)

// The exit codes.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitInterrupted = 130 // as shells have it: 128 and SIGINT
)

var errInterrupted = errors.New("interrupted")

// commandLine is the whole of the command line, in kong's terms.
type commandLine struct {
	Cert    certCommand    `cmd:"" help:"Make an authority and certificates for local use."`
	Get     getCommand     `cmd:"" help:"Make one HTTP request, and show what happens."`
	Hold    holdCommand    `cmd:"" help:"Hold many connections, and see what the server pays for them."`
	Serve   serveCommand   `cmd:"" help:"Serve echo, discard, chargen, HTTP or files."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

const description = `Clients and servers on the Pollux reactor.

Exit codes: 0 success, 1 failure (explained on standard error), 2 wrong command line, 130 interrupted.

Environment: POLLUX_TRACE=1 prints every event the loops see to standard error.

Examples:
  pollux get                                   # from a TLS server of its own
  pollux get --nonblocking -v https://go.dev/  # around select, step by step
  pollux serve --app http --tls --write-ca ca.pem`

// environment is what a command has of the world.
type environment struct {
	stdout, stderr io.Writer
	signals        <-chan os.Signal // SIGINT and SIGTERM
}

// interruptible returns a context that the next signal cancels, and what ends
// it and the watch.
func (env *environment) interruptible(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(parent)
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-env.signals:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		cancel()
		<-done
	}
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run runs the command and returns its exit code.
func run(args []string, stdout, stderr io.Writer) int {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, sys.SIGTERM)
	defer signal.Stop(signals)
	return execute(args, &environment{stdout: stdout, stderr: stderr, signals: signals})
}

func execute(args []string, env *environment) int {
	exited := false
	parser, err := kong.New(&commandLine{},
		kong.Name("pollux"), kong.Description(description), kong.Writers(env.stdout, env.stderr),
		kong.Exit(func(int) { exited = true }), kong.Vars{"default_addr": defaultAddr}, kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		return env.fail(err)
	}
	command, err := parser.Parse(args)
	switch {
	case exited: // after --help
		return exitOK
	case err != nil:
		return env.misused(err)
	}
	return env.fail(command.Run(env))
}

// misused reports a wrong command line and returns the exit code.
func (env *environment) misused(err error) int {
	text, command := err.Error(), "pollux"
	var parsed *kong.ParseError
	if errors.As(err, &parsed) && parsed.Context.Selected() != nil {
		name := parsed.Context.Selected().Name
		text = strings.TrimPrefix(text, name+": ") // what Validate returns has it, and nothing else does
		command += " " + name
	}
	_, _ = fmt.Fprintf(env.stderr, "pollux: %s\nTry %s --help.\n", text, command)
	return exitUsage
}

// fail reports an error and returns the exit code.
func (env *environment) fail(err error) int {
	if err == nil {
		return exitOK
	}
	_, _ = fmt.Fprintf(env.stderr, "pollux: %v\n", err)
	if errors.Is(err, errInterrupted) {
		return exitInterrupted
	}
	return exitFailure
}
