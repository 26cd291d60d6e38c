# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Writes OUT from TEMPLATE with the SHA-256 of MODULE in the place of @hash@.
file(SHA256 ${MODULE} hash)
configure_file(${TEMPLATE} ${OUT} @ONLY)
