package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/pollux-net/pollux/bench/internal/peer"
)

// proveHTTP sends a message of n requests and returns how long the answer to
// it is, which must be the same each time: from then on only bytes are counted.
func proveHTTP(stream io.ReadWriter, n int) (size int, err error) {
	var wire bytes.Buffer
	answers := bufio.NewReader(io.TeeReader(stream, &wire))
	for range 2 {
		if _, err := stream.Write(bytes.Repeat([]byte(peer.HTTPRequest), n)); err != nil {
			return 0, err
		}
		for range n {
			if err := readAnswer(answers); err != nil {
				return 0, err
			}
		}
		if answers.Buffered() > 0 {
			return 0, errors.New("more answers than requests")
		}
		if size > 0 && wire.Len() != size {
			return 0, fmt.Errorf("answers of %d bytes and of %d", size, wire.Len())
		}
		size = wire.Len()
		wire.Reset()
	}
	return size, nil
}

func readAnswer(answers *bufio.Reader) error {
	answer, err := http.ReadResponse(answers, nil)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close() // it has been read
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK || string(body) != peer.HTTPBody {
		return fmt.Errorf("the answer is %s, %q", answer.Status, body)
	}
	return nil
}
