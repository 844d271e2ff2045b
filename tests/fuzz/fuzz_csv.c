/* SPDX-License-Identifier: Apache-2.0 */
/* A list of devices that an operator imports. What is read lies inside what was given. */
#include <stdlib.h>
#include "registrar/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct registrar_csv csv;
	size_t i;

	if (registrar_csv_decode(brski_slice(data, size), &csv, NULL) == BRSKI_OK) {
		for (i = 0; i < csv.n; i++)
			if (csv.rows[i].serial.n == 0 || csv.rows[i].manufacturer.n == 0)
				abort();
		if (csv.text_n > size)
			abort();
	}
	registrar_csv_clear(&csv);
	return 0;
}
