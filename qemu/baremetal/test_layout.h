// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The test doorbells and exit values that guests and testbenches share, as C enumerators.
#ifndef QDPI_BAREMETAL_TEST_LAYOUT_H
#define QDPI_BAREMETAL_TEST_LAYOUT_H

enum qdpi_test_layout {
#include "qdpi_test_layout.inc"
};

#endif
