package tlsbridge_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// python runs a script of CPython's and decodes the JSON it prints. Without a
// python3 there is nothing to compare with.
func python(t *testing.T, into any, script string, args ...string) {
	t.Helper()
	exe, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	cmd := exec.CommandContext(t.Context(), exe, append([]string{"-W", "ignore", "-c", script}, args...)...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	must(t, json.Unmarshal(out, into))
}

// asJSON returns a value as any other JSON.
func asJSON(t *testing.T, v any) (dict any) {
	t.Helper()
	text, err := json.Marshal(v)
	must(t, err)
	must(t, json.Unmarshal(text, &dict))
	return dict
}

// asError is errors.As with the target's type in sight.
func asError[E error](err error, target *E) bool { return errors.As(err, target) }

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	must(t, err)
	return text
}

// writeTemp puts a text in a file.
func writeTemp(t *testing.T, text []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(path, text, 0o600))
	return path
}
