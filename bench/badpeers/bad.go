package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"time"

	"github.com/pollux-net/pollux/bench/internal/child"

	"github.com/pollux-net/pollux/bench/internal/peer"
)

// bad are the misbehaving connections of one scenario.
type bad struct {
	addr  string
	tls   bool
	scale float64
	limit time.Duration
}

// outcome is what the bad peers have to say in the end.
type outcome struct {
	Conns   int           // bad connections
	Lost    int64         // bytes that were sent and never came back
	Failed  int           // connections that should have been served and were not
	Slowest time.Duration // to be served, where that is the question
	Note    string        // the first error
}

func (o *outcome) fail(err error) {
	o.Failed++
	if o.Note == "" {
		o.Note = err.Error()
	}
}

// badCommand is "badpeers bad NAME": ready when things are bad, it ends that
// when it is asked to, and answers with the outcome.
func badCommand(args []string) error {
	if len(args) == 0 {
		return errors.New("bad: which scenario? There are " + scenarioNames())
	}
	sc, err := findScenario(args[0])
	if err != nil {
		return err
	}
	b := &bad{}
	flags := flag.NewFlagSet("badpeers bad", flag.ContinueOnError)
	flags.StringVar(&b.addr, "addr", "", "`address` of the server")
	flags.BoolVar(&b.tls, "tls", false, "speak TLS")
	flags.Float64Var(&b.scale, "scale", 1, "`part` of the bytes and connections")
	flags.DurationVar(&b.limit, "limit", 20*time.Second, "for what comes after the bad state")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if err := lowerPriority(); err != nil {
		return err
	}
	finish, err := sc.attack(b)
	if err != nil {
		return err
	}
	fmt.Println("READY", sc.name)
	child.Serve(func(string) string {
		text, err := json.Marshal(finish(b))
		if err != nil {
			return err.Error()
		}
		return string(text)
	})
	return nil
}

// scaled is a number of bytes or connections, at least one.
func (b *bad) scaled(n int) int { return max(1, int(float64(n)*b.scale)) }

func (b *bad) deadline() time.Time { return time.Now().Add(b.limit) }

// dialMany connects n times, without TLS if raw.
func (b *bad) dialMany(n int, raw bool) ([]peer.Conn, error) {
	all := make([]peer.Conn, n)
	for i := range all {
		conn, err := dial(b.addr, b.tls && !raw)
		if err != nil {
			return nil, fmt.Errorf("connection %d: %w", i, err)
		}
		all[i] = conn
	}
	return all, nil
}
