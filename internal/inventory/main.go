// Inventory shows which test holds each promise of Python's modules.
//
// The promises are the rows of rows_*.txt, a file for each Go package that
// makes them, by itself or with packages in it; a test names the rows that it holds in directives of its doc
// comment or body:
//
//	//inventory:row recv_into nbytes > len(buffer)
//
// Run in the root of the module, it writes testdata/inventory.txt of those
// packages. Its own test fails when such a file is not what would be written,
// when a row has no test, and when a directive names no row.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := write("."); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// write writes the files of all packages, also those with errors, which it
// returns.
func write(root string) error {
	tables, err := tables()
	if err != nil {
		return err
	}
	var failures []error
	for _, t := range tables {
		found, err := t.collect(root)
		failures = append(failures, err, os.MkdirAll(filepath.Dir(t.file(root)), 0o755),
			os.WriteFile(t.file(root), []byte(t.text(found)), 0o644))
	}
	return errors.Join(failures...)
}
