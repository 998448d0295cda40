/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A camera for the first run: draws a house in the hills, and then lets go
 * wrong what goes wrong with cameras. Raw RGB frames on stdout.
 * usage: demo-camera [FRAMES_PER_SCENE] */

#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define WIDTH 640
#define HEIGHT 480
#define FRAMES_PER_SCENE 10

typedef struct
{
  gfloat rgb[3];
} Pixel;

/* Writes a frame's worth of 0..255 values to out, seeing scenery. */
typedef void (*Scene) (const Pixel *scenery, GRand *rand, Pixel *out);

static Pixel
mix (Pixel a, Pixel b, gfloat t)
{
  guint c;

  t = CLAMP (t, 0, 1);
  for (c = 0; c < 3; c++)
    a.rgb[c] += (b.rgb[c] - a.rgb[c]) * t;
  return a;
}

static Pixel
scaled (Pixel a, gfloat gain)
{
  guint c;

  for (c = 0; c < 3; c++)
    a.rgb[c] *= gain;
  return a;
}

/* ---- scenery --------------------------------------------------------- */

/* A random value of -1..1 at a point of the integer lattice. */
static gfloat
lattice (gint x, gint y)
{
  guint32 h = (guint32) x * 374761393u + (guint32) y * 668265263u;

  h = (h ^ (h >> 13)) * 1274126177u;
  h ^= h >> 16;
  return (h & 0xffff) / 32767.5f - 1;
}

static gfloat
smooth_noise (gfloat x, gfloat y)
{
  gint ix = (gint) floorf (x), iy = (gint) floorf (y);
  gfloat fx = x - ix, fy = y - iy;
  gfloat top, bottom;

  fx = fx * fx * (3 - 2 * fx);
  fy = fy * fy * (3 - 2 * fy);
  top = lattice (ix, iy) * (1 - fx) + lattice (ix + 1, iy) * fx;
  bottom = lattice (ix, iy + 1) * (1 - fx) + lattice (ix + 1, iy + 1) * fx;
  return top * (1 - fy) + bottom * fy;
}

static gfloat
fractal (gfloat x, gfloat y, guint octaves, gfloat gain)
{
  gfloat sum = 0, weight = 1;

  while (octaves--) {
    sum += smooth_noise (x, y) * weight;
    weight *= gain;
    x = x * 2 + 17;
    y = y * 2 + 31;
  }
  return sum;
}

static Pixel
sky (gfloat x, gfloat y)
{
  const Pixel high = {{70, 118, 190}}, low = {{196, 210, 222}};
  const Pixel cloud = {{236, 234, 230}};
  gfloat cover = fractal (x * 0.008f, y * 0.02f, 5, 0.55f);

  return mix (mix (high, low, y / 220), cloud, cover * 1.4f);
}

static Pixel
hill (gfloat x, gfloat y, guint which)
{
  static const Pixel colours[] = {
    {{112, 128, 150}}, {{84, 106, 98}}, {{92, 118, 54}}};
  gfloat shade = 1
      + 0.30f * fractal (x * 0.06f, y * 0.09f + which * 50, 6, 0.75f);

  return scaled (colours[which], shade * (0.86f + x / WIDTH * 0.25f));
}

static Pixel
house (gfloat x, gfloat y)
{
  const Pixel wall = {{206, 188, 160}}, roof = {{136, 62, 48}};
  const Pixel pane = {{48, 58, 74}}, frame = {{226, 222, 214}};
  gfloat u = fmodf (x - 352, 52), v = y - 282;
  gfloat grain = 1 + 0.07f * fractal (x * 0.5f, y * 0.5f, 3, 0.7f);

  if (y < 258)
    return scaled (roof, grain * (fmodf (y, 7) < 1.5f ? 0.72f : 1));
  if (u > 8 && u < 32 && v > 0 && v < 34) {
    if (u > 11 && u < 29 && v > 3 && v < 31 && fabsf (u - 20) > 1.2f
        && fabsf (v - 16) > 1.2f)
      return scaled (pane, grain * (1.3f - v / 60));
    return scaled (frame, grain);
  }
  return scaled (wall, grain * (x > 476 ? 0.72f : 1));
}

static gboolean
in_house (gfloat x, gfloat y)
{
  gfloat slope = (258 - y) * 0.9f;

  if (y >= 258)
    return x > 346 && x < 510 && y < 348;
  return y > 204 && x > 334 + slope && x < 522 - slope;
}

/* Leaves of the tree whose crown is centred at cx, cy: 0 outside. */
static gfloat
crown (gfloat x, gfloat y, gfloat cx, gfloat cy, gfloat r)
{
  gfloat edge = fractal (x * 0.045f, y * 0.045f, 4, 0.7f) * 0.32f;
  gfloat d = hypotf (x - cx, (y - cy) * 0.86f) / r;

  if (d + edge > 1)
    return 0;
  return 0.55f + 0.5f * ((x - cx) - (y - cy)) / (2 * r)
      + 0.5f * fractal (x * 0.13f, y * 0.13f, 4, 0.8f);
}

static Pixel
trees (gfloat x, gfloat y, Pixel behind)
{
  static const gfloat places[][3] = {
    {120, 240, 92}, {226, 290, 46}, {572, 282, 62}};
  const Pixel leaves = {{74, 104, 44}}, trunk = {{72, 56, 42}};
  guint i;

  for (i = 0; i < G_N_ELEMENTS (places); i++) {
    gfloat cx = places[i][0], cy = places[i][1], r = places[i][2];
    gfloat light = crown (x, y, cx, cy, r);

    if (light != 0)
      return scaled (leaves, MAX (light, 0.2f));
    if (fabsf (x - cx) < r * 0.09f && y > cy && y < cy + r * 1.5f)
      return scaled (trunk,
          0.8f + 0.3f * fractal (x * 0.4f, y * 0.1f, 3, 0.7f));
  }
  return behind;
}

static Pixel
scenery_at (gfloat x, gfloat y)
{
  gfloat far = 190 + 46 * fractal (x * 0.008f, 3, 5, 0.5f);
  gfloat near = 250 + 30 * fractal (x * 0.006f, 9, 5, 0.5f);
  gfloat meadow = 326 + 10 * fractal (x * 0.005f, 21, 3, 0.5f);
  Pixel p = sky (x, y);

  if (y > far)
    p = hill (x, y, 0);
  if (y > near)
    p = hill (x, y, 1);
  if (y > meadow)
    p = hill (x, y, 2);
  if (in_house (x, y))
    p = house (x, y);
  return trees (x, y, p);
}

/* Four samples a pixel, as a lens and a sensor would soften it. */
static void
draw_scenery (Pixel *out)
{
  guint x, y, s, c;

  for (y = 0; y < HEIGHT; y++) {
    for (x = 0; x < WIDTH; x++) {
      Pixel *p = &out[y * WIDTH + x];

      memset (p, 0, sizeof (*p));
      for (s = 0; s < 4; s++) {
        Pixel q = scenery_at (x + (s & 1) * 0.5f, y + (s >> 1) * 0.5f);

        for (c = 0; c < 3; c++)
          p->rgb[c] += q.rgb[c] / 4;
      }
    }
  }
}

/* ---- scenes ---------------------------------------------------------- */

static gfloat
noise (GRand *rand)
{
  return (gfloat) (g_rand_double (rand) + g_rand_double (rand)
             + g_rand_double (rand) - 1.5)
      * 2;
}

static void
expose (const Pixel *scenery, GRand *rand, gfloat gain, gfloat grain,
    Pixel *out)
{
  guint i, c;

  for (i = 0; i < WIDTH * HEIGHT; i++) {
    for (c = 0; c < 3; c++)
      out[i].rgb[c] = scenery[i].rgb[c] * gain + noise (rand) * grain;
  }
}

static void
good (const Pixel *scenery, GRand *rand, Pixel *out)
{
  expose (scenery, rand, 1, 1.5f, out);
}

static void
dark (const Pixel *scenery, GRand *rand, Pixel *out)
{
  expose (scenery, rand, 0.06f, 1.5f, out);
}

static void
overexposed (const Pixel *scenery, GRand *rand, Pixel *out)
{
  expose (scenery, rand, 4.5f, 1.5f, out);
}

static void
noisy (const Pixel *scenery, GRand *rand, Pixel *out)
{
  expose (scenery, rand, 0.8f, 48, out);
}

/* A running mean along rows and columns, three times: nearly a Gaussian. */
static void
box_blur (Pixel *data, guint n, guint step, gint radius)
{
  Pixel line[MAX (WIDTH, HEIGHT)];
  gint i, k;
  guint c;

  for (i = 0; i < (gint) n; i++)
    line[i] = data[i * step];
  for (c = 0; c < 3; c++) {
    gfloat sum = 0;

    for (k = -radius; k <= radius; k++)
      sum += line[CLAMP (k, 0, (gint) n - 1)].rgb[c];
    for (i = 0; i < (gint) n; i++) {
      data[i * step].rgb[c] = sum / (2 * radius + 1);
      sum += line[MIN (i + radius + 1, (gint) n - 1)].rgb[c]
          - line[MAX (i - radius, 0)].rgb[c];
    }
  }
}

static void
blurred (const Pixel *scenery, GRand *rand, Pixel *out)
{
  guint pass, i;

  memcpy (out, scenery, sizeof (*out) * WIDTH * HEIGHT);
  for (pass = 0; pass < 3; pass++) {
    for (i = 0; i < HEIGHT; i++)
      box_blur (out + i * WIDTH, WIDTH, 1, 8);
    for (i = 0; i < WIDTH; i++)
      box_blur (out + i, HEIGHT, WIDTH, 8);
  }
  expose (out, rand, 1, 1, out);
}

/* Bars, and a grey ramp below. */
static void
test_card (const Pixel *scenery, GRand *rand, Pixel *out)
{
  guint x, y, c;

  for (y = 0; y < HEIGHT; y++) {
    for (x = 0; x < WIDTH; x++) {
      guint bar = 7 - x * 8 / WIDTH;
      static const guint bits[3] = {2, 4, 1};

      for (c = 0; c < 3; c++)
        out[y * WIDTH + x].rgb[c] = y < HEIGHT * 3 / 4
            ? (bar & bits[c] ? 191 : 16)
            : x * 255.0f / WIDTH;
    }
  }
}

static void
no_signal (const Pixel *scenery, GRand *rand, Pixel *out)
{
  const Pixel blue = {{12, 20, 190}};
  guint i;

  for (i = 0; i < WIDTH * HEIGHT; i++)
    out[i] = blue;
}

/* Rows and colours out of place. */
static void
displace (const Pixel *scenery, GRand *rand, Pixel *out)
{
  static const gint apart[3] = {30, 0, -30};
  gint x, y, shift = 0;
  guint c;

  for (y = 0; y < HEIGHT; y++) {
    if (y >= 96 && y % 16 == 0)
      shift = (gint) (noise (rand) * 60) + WIDTH;
    for (x = 0; x < WIDTH; x++) {
      for (c = 0; c < 3; c++)
        out[y * WIDTH + x].rgb[c] =
            scenery[y * WIDTH + (x + shift + apart[c] + WIDTH) % WIDTH].rgb[c];
    }
  }
}

/* As after lost packets: besides, macroblocks of one colour, and nothing at
 * all at the end. */
static void
broken (const Pixel *scenery, GRand *rand, Pixel *out)
{
  const Pixel nothing = {{0, 136, 0}};
  guint n, i, k;

  displace (scenery, rand, out);
  for (n = 0; n < 160; n++) {
    guint w = 16 * g_rand_int_range (rand, 1, 9);
    guint x = 16 * g_rand_int_range (rand, 0, (WIDTH - w) / 16 + 1);
    guint y = 16 * g_rand_int_range (rand, 6, HEIGHT / 16);
    guint from = 16 * g_rand_int_range (rand, 0, HEIGHT / 16);
    gfloat gain = (gfloat) g_rand_double_range (rand, 0.3, 1.8);

    for (i = 0; i < 16; i++) {
      for (k = 0; k < w; k++)
        out[(y + i) * WIDTH + x + k] = scaled (scenery[from * WIDTH + x], gain);
    }
  }
  for (i = HEIGHT * 3 / 4 * WIDTH; i < HEIGHT * WIDTH; i++)
    out[i] = nothing;
}

static gboolean
write_frame (const Pixel *frame)
{
  static guint8 bytes[WIDTH * HEIGHT * 3];
  guint i;

  for (i = 0; i < sizeof (bytes); i++)
    bytes[i] = (guint8) (CLAMP (frame[i / 3].rgb[i % 3], 0, 255) + 0.5f);
  return fwrite (bytes, sizeof (bytes), 1, stdout) == 1;
}

gint
main (gint argc, gchar **argv)
{
  static const Scene scenes[] = {
    good, dark, overexposed, blurred, noisy, test_card, no_signal, broken};
  g_autofree Pixel *scenery = g_new (Pixel, WIDTH * HEIGHT);
  g_autofree Pixel *frame = g_new (Pixel, WIDTH * HEIGHT);
  guint64 n = FRAMES_PER_SCENE, i;
  guint scene;

  if (argc > 2
      || (argc == 2
          && !g_ascii_string_to_unsigned (argv[1], 10, 1, 10000, &n, NULL))) {
    fprintf (stderr, "usage: demo-camera [FRAMES_PER_SCENE]\n");
    return 2;
  }
  draw_scenery (scenery);
  for (scene = 0; scene < G_N_ELEMENTS (scenes); scene++) {
    for (i = 0; i < n; i++) {
      g_autoptr (GRand) rand = g_rand_new_with_seed (scene * 64 + i % 4);

      scenes[scene](scenery, rand, frame);
      if (!write_frame (frame))
        return 1;
    }
  }
  return fflush (stdout) ? 1 : 0;
}
