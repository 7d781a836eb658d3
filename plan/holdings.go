package plan

import (
	"slices"
	"strings"

	"clusterctl/schema"
)

// Holdings returns in words what lives on a member and nowhere else, in order: instances, volumes and other objects that
// are placed on it, and images of which it has the last copy.
func Holdings(live schema.Cluster, reg schema.Registry, member string) []string {
	return append(placedOn(live, reg, member, func(schema.Object) bool { return true }), lastCopies(live, member)...)
}

// placedOn returns the objects that are placed on a member and that count, in order.
func placedOn(live schema.Cluster, reg schema.Registry, member string, counts func(schema.Object) bool) []string {
	var out []string
	for _, kind := range reg.All() {
		if kind.Lifecycle != schema.Placed && kind.Lifecycle != schema.Running {
			continue
		}
		for _, o := range live.OfKind(kind.Name) {
			if _, here := o.Members[member]; here && counts(o) {
				out = append(out, o.Ref.String())
			}
		}
	}
	return out
}

// lastCopies returns in words the images of which a member has the last copy.
func lastCopies(live schema.Cluster, member string) []string {
	var images []string
	for fingerprint, copies := range live.Facts.Images {
		if slices.Equal(copies, []string{member}) {
			images = append(images, "the last copy of image "+fingerprint[:min(12, len(fingerprint))])
		}
	}
	slices.Sort(images)
	return images
}

// maxListed is how many things a sentence lists.
const maxListed = 20

// sentence joins words; of many it names the first.
func sentence(words []string) string {
	if len(words) > maxListed {
		words = append(slices.Clone(words[:maxListed]), "and more")
	}
	return strings.Join(words, ", ")
}
