package program

import (
	"flag"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
)

// ErrHelp is help that was asked for, and given.
var ErrHelp = flag.ErrHelp

// UsageError is a command line that is wrong.
type UsageError struct {
	Command string // whose -h explains it
	Err     error
}

// Error implements error.
func (e *UsageError) Error() string { return e.Err.Error() }

// Unwrap returns what is wrong.
func (e *UsageError) Unwrap() error { return e.Err }

// Flags is a command's flags.
type Flags struct {
	*flag.FlagSet
	words string // what may follow the flags, for the help
}

// NewFlags makes the flags of a command, "echo" or "echo talk". Words may follow
// them if they have a name.
func NewFlags(command, words string) *Flags {
	f := &Flags{flag.NewFlagSet(command, flag.ContinueOnError), words}
	f.SetOutput(io.Discard) // what is wrong is told once, by Main
	return f
}

// Parse reads the flags. For -h it prints the help to out, and fails with
// [ErrHelp]; what it does not understand is a [*UsageError].
func (f *Flags) Parse(args []string, out io.Writer) error {
	switch err := f.FlagSet.Parse(args); {
	case err == ErrHelp: //nolint:errorlint // the only one, and never wrapped
		_, _ = fmt.Fprintln(out, strings.TrimSpace("Usage: "+f.Name()+" [flags] "+f.words))
		f.SetOutput(out)
		f.PrintDefaults()
		return ErrHelp
	case err != nil:
		return f.Wrong(err)
	case f.words == "" && f.NArg() > 0:
		return f.Wrong(fmt.Errorf("unexpected argument %q", f.Arg(0)))
	}
	return nil
}

// Wrong makes a [*UsageError] of what is wrong with a flag's value.
func (f *Flags) Wrong(err error) error { return &UsageError{f.Name(), err} }

// HostPort takes the address that a flag was given apart.
func (f *Flags) HostPort(address string) (host string, port int, err error) {
	host, number, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, f.Wrong(err)
	}
	if port, err = strconv.Atoi(number); err != nil {
		return "", 0, f.Wrong(fmt.Errorf("address %s: port %q is not a number", address, number))
	}
	return host, port, nil
}

// Choose takes the first argument, which must be one of the commands, off the
// others.
func Choose(name string, args []string, out io.Writer, commands ...string) (command string, rest []string, err error) {
	usage := fmt.Sprintf("say %s; with -h each tells more", strings.Join(commands, " or "))
	switch {
	case len(args) == 0:
		err = fmt.Errorf("%s", usage)
	case args[0] == "-h" || args[0] == "-help" || args[0] == "--help":
		_, _ = fmt.Fprintf(out, "Usage: %s %s ...\n%s\n", name, strings.Join(commands, "|"), usage)
		return "", nil, ErrHelp
	case !slices.Contains(commands, args[0]):
		err = fmt.Errorf("%q is neither %s", args[0], strings.Join(commands, " nor "))
	default:
		return args[0], args[1:], nil
	}
	return "", nil, &UsageError{name, err}
}
