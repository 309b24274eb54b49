/* SPDX-License-Identifier: AGPL-3.0-or-later */
#pragma once
#include <stddef.h>

/* Pictures through libvips. This small library keeps GLib's types out of Swift. Calls may come from any thread. */

typedef enum {
    PRECINCT_PICTURE_OK = 0,
    PRECINCT_PICTURE_BROKEN = 1,
    PRECINCT_PICTURE_TOO_MANY_PIXELS = 2
} precinct_picture_status;

/* Starts libvips with only the JPEG, PNG and WebP loaders; 0 on success. */
int precinct_picture_start(void);

/* Reads the header alone. Width and height are those after the camera's rotation. */
precinct_picture_status precinct_picture_measure(
    const void *bytes, size_t count, double pixel_limit, int *width, int *height);

/* Makes a WebP of at most the given width, rotated upright, without metadata. Free the result with
   precinct_picture_free. */
precinct_picture_status precinct_picture_scale(
    const void *bytes, size_t count, int width, int quality, void **result, size_t *result_count);

/* Encodes plain RGB pixels as PNG: drawings made by the program itself. */
precinct_picture_status precinct_picture_encode_png(
    const void *pixels, int width, int height, void **result, size_t *result_count);

void precinct_picture_free(void *result);
