package schema

import (
	"slices"
	"strconv"
	"strings"
)

// Product is the server software: LXD, or its fork Incus.
type Product string

// The products, as GET /1.0 spells them in environment.server.
const (
	LXD   Product = "lxd"
	Incus Product = "incus"
)

// Title is what people call the product: "LXD", also where it is not known, or "Incus".
func (p Product) Title() string {
	if p == Incus {
		return "Incus"
	}
	return "LXD"
}

// Client is the command that speaks to a cluster.
func (p Product) Client() string {
	if p == Incus {
		return "incus"
	}
	return "lxc"
}

// Admin is the command about a daemon on its own machine.
func (p Product) Admin() string {
	if p == Incus {
		return "incus admin"
	}
	return "lxd"
}

// Flavour is a product at a version, such as LXD 5.0.2. The zero Flavour is not known yet.
type Flavour struct {
	Product Product `json:"product,omitempty"`
	Version string  `json:"version,omitempty"`
}

// String returns "lxd 5.0.2", or "unknown".
func (f Flavour) String() string {
	if f.Product == "" {
		return "unknown"
	}
	return strings.TrimSpace(string(f.Product) + " " + f.Version)
}

// AtLeast reports whether the version is at least the given dotted one. Parts that are no number count as 0.
func (f Flavour) AtLeast(version string) bool {
	return slices.Compare(numbers(f.Version), numbers(version)) >= 0
}

func numbers(version string) []int {
	out := make([]int, 3)
	for i, part := range strings.SplitN(version, ".", 3) {
		out[i], _ = strconv.Atoi(part) // a suffix such as "-rc1" counts as 0 on purpose
	}
	return out
}
