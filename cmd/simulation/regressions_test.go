package simulation

import "testing"

// What failed once, and is mended.

// The daemon was done after the next plan was made.
func TestAgainFormCreateProfileBigEndMiddle6(t *testing.T) {
	playLine(t, "form create:profile/big end-middle@6")
}

func TestAgainFormDefineStoragePoolLocalNode2EndMiddle6(t *testing.T) {
	playLine(t, "form define:storage_pool/local@node2 end-middle@6")
}

func TestAgainChangeMoveInstanceC1EndMiddle6(t *testing.T) {
	playLine(t, "change move:instance/c1 end-middle@6")
}

// The failure domain of the member that is replaced was lost with it.
func TestAgainReplacePrepareNode5EndAfter8(t *testing.T) {
	playLine(t, "replace prepare:node5 end-after@8")
}

// The lock of a killed run was taken for that of the next, which could not take it.
func TestAgainFormUpdateMemberNode4EndBefore7NoLeader3(t *testing.T) {
	playLine(t, "form update:member/node4 end-before@7 no-leader#3")
}
