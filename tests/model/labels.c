/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The forms in which people keep class names, and what is made of them. */

#include "engine/model/labels/labels.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct
{
  const gchar *name;
  const gchar *text;
  const gchar *wanted; /* joined by | */
  guint first;
  gboolean doubtful;
  gsize size; /* 0: of the string */
} Case;

#define DEEP "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
#define PEED "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"

static const Case cases[] = {
  /* Plain. */
  {"plain", "tench\ngoldfish, Carassius auratus\n",
    "tench|goldfish, Carassius auratus"},
  {"crlf, bom, blank end", "\xef\xbb\xbftench \r\n goldfish\r\n\r\n \r\n",
    "tench|goldfish"},
  {"old mac", "tench\rgoldfish\r", "tench|goldfish"},
  {"utf-16 le",
    "\xff\xfe"
    "0\0 \0a\0\r\0\n\0"
    "1\0 \0\xe9\0",
    "a|\xc3\xa9", .size = 18},
  {"utf-16 be",
    "\xfe\xff"
    "\0a\0\n\0b",
    "a|b", .size = 8},
  {"latin-1", "caf\xe9\nth\xe9\n", "caf\xc3\xa9|th\xc3\xa9"},
  {"comments", "# labels of a net\n#made by hand\n\ncat\n# birds\nowl\n",
    "cat|owl"},
  {"no comments", "cat\n#metoo\n#1 fan\n", "cat|#metoo|#1 fan"},
  {"nothing but comments", "# a\n# b\n", "# a|# b"},
  {"blank in the middle", "cat\n\ndog", "cat||dog"},
  {"quotes", "\"tench, Tinca tinca\"\n\"a \"\"b\"\"\"\n",
    "tench, Tinca tinca|a \"b\""},
  {"some with quotes", "\"a\"\nb\n", "\"a\"|b"},
  {"digits", "0\n1\n2\n", "0|1|2"},
  {"begins with numbers", "3D printer\n8-ball\n007\n1.5 litres\n9to5\n",
    "3D printer|8-ball|007|1.5 litres|9to5"},
  {"some with numbers", "0 tench\ngoldfish\n", "0 tench|goldfish"},
  {"years", "1990 model\n1991 model\n1992 model\n",
    "1990 model|1991 model|1992 model"},
  {"coins", "1 euro coin\n2 euro coin\n", "1 euro coin|2 euro coin", 0, TRUE},
  {"more coins",
    "1 cent coin\n2 cent coin\n5 cent coin\n10 cent coin\n"
    "1 euro coin\n2 euro coin\n",
    "1 cent coin|2 cent coin|5 cent coin|"
    "10 cent coin|1 euro coin|2 euro coin",
    0, TRUE},
  {"one coin", "1 euro coin\n", "1 euro coin"},
  {"several", "7 up\n3 musketeers\n", "7 up|3 musketeers"},

  /* Numbers in front. */
  {"teachable machine", "0 tench\n1 goldfish\n", "tench|goldfish"},
  {"digits of digits", "0 0\n1 1\n2 2\n", "0|1|2"},
  {"labelmap of tflite", "0  tench\n1  great white shark\n",
    "tench|great white shark"},
  {"colons", "0:tench\n1: goldfish\n2 : shark\n", "tench|goldfish|shark"},
  {"tabs", "0\ttench\n1\tgoldfish\n", "tench|goldfish"},
  {"commas, quotes", "0,\"tench, Tinca tinca\"\n1,goldfish\n",
    "tench, Tinca tinca|goldfish"},
  {"dots, parentheses, dashes", "0. a\n1) b\n2 - c\n", "a|b|c"},
  {"padded", "000 tench\n001 goldfish\n002 shark\n", "tench|goldfish|shark"},
  {"blank lines and comments between", "# x\n0 a\n\n#y\n1 b\n\n", "a|b"},
  {"one", "0 tench\n", "tench"},
  {"from one", "1: tench\n2: goldfish\n", "tench|goldfish", 1},
  {"from one, a blank", "1 tench\n2 goldfish\n3 shark\n",
    "tench|goldfish|shark", 1, TRUE},
  {"out of order", "1: b\n0: a\n2: c\n", "a|b|c"},
  {"out of order, a blank", "2 c\n0 a\n1 b\n", "a|b|c"},
  {"holes", "0: a\n2: c\n5: f\n", "a|1|c|3|4|f"},
  {"twice", "0: a\n0: b\n1: c\n", "0: a|0: b|1: c", 0, TRUE},
  {"from two", "2: a\n3: b\n", "2: a|3: b", 0, TRUE},
  {"far apart", "0: a\n999999: b\n", "0: a|999999: b", 0, TRUE},
  {"yaml", "names:\n  0: person\n  1: bicycle\n", "person|bicycle"},
  {"number that ends the name", "0 Boeing 747\n1 7 up\n", "Boeing 747|7 up"},
  {"teachable machine, its own words", "0 Cat\n1 Class 2\n2 Dog house\n",
    "Cat|Class 2|Dog house"},

  /* Numbers behind. */
  {"behind", "tench 0\ngoldfish 1\ngreat white shark 2\n",
    "tench|goldfish|great white shark"},
  {"behind, tabs and commas", "tench\t0\n\"goldfish\", 1\nshark : 2\n",
    "tench|goldfish|shark"},
  {"behind, from one", "tench: 1\ngoldfish: 2\n", "tench|goldfish", 1},
  {"behind, from one, a blank", "tench 1\ngoldfish 2\n", "tench|goldfish", 1,
    TRUE},
  {"numbers of names", "class 1\nclass 2\nclass 3\n",
    "class 1|class 2|class 3"},
  {"behind, some", "tench 0\ngoldfish\n", "tench 0|goldfish"},
  {"behind, out of order", "tench 0\ngoldfish 2\nshark 1\n",
    "tench 0|goldfish 2|shark 1"},
  {"behind, one", "tench 0\n", "tench 0"},
  {"models", "boeing 747\nairbus 320\n", "boeing 747|airbus 320"},
  {"glued", "tench0\ngoldfish1\n", "tench0|goldfish1"},

  /* ImageNet's. */
  {"synsets", "n01440764 tench, Tinca tinca\nn01443537 goldfish\n",
    "tench, Tinca tinca|goldfish"},
  {"synsets, numbers", "0 n01440764 tench\n1 n01443537 goldfish\n",
    "tench|goldfish"},
  {"synsets alone", "n01440764\nn01443537\n", "n01440764|n01443537"},
  {"synsets and others", "background\nn01440764 tench\n",
    "background|n01440764 tench"},

  /* Tables. */
  {"csv", "index,label\n0,tench\n1,\"goldfish, \"\"gold\"\"\"\n",
    "tench|goldfish, \"gold\""},
  {"csv of audioset", "index,mid,display_name\n1,/m/1,Child\n0,/m/0,Speech\n",
    "Speech|Child"},
  {"csv, the other way round", "Class Name;Class ID\r\na;1\r\nb;2\r\n", "a|b",
    1},
  {"tsv", "id\tname\n0\tcat\n1\tdog\n", "cat|dog"},
  {"no table", "tench, Tinca tinca\nclass, name\n",
    "tench, Tinca tinca|class, name"},

  /* In brackets. */
  {"json list", "[\"tench\", \"gold\\u00e9\", \"a\\\"b\"]\n",
    "tench|gold\xc3\xa9|a\"b"},
  {"json pairs",
    "{\"0\": [\"n01440764\", \"tench\"],\n \"1\": [\"n01443537\","
    " \"goldfish\"]}",
    "tench|goldfish"},
  {"json by number", "{\"1\": \"b\", \"0\": \"a\", \"10\": \"k\"}",
    "a|b|2|3|4|5|6|7|8|9|k"},
  {"json by name", "{\"cat\": 0, \"dog\": 1}", "cat|dog"},
  {"json by name that is a number", "{\"0\": 0, \"1\": 1, \"10\": 2}",
    "0|1|10"},
  {"json of objects",
    "[{\"id\": 1, \"name\": \"a\"}, {\"id\": 2, \"name\": "
    "\"b\"}]",
    "a|b", 1},
  {"json of objects without ids", "[{\"name\": \"a\"}, {\"name\": \"b\"}]",
    "a|b"},
  {"json inside",
    "{\"arch\": \"mobilenet\", \"id2label\": {\"0\": \"a\","
    "\"1\": \"b\"}, \"label2id\": {\"a\": 0, \"b\": 1}}",
    "a|b"},
  {"json with nothing", "[\"a\", null, \"c\"]", "a|1|c"},
  {"json synsets", "[\"n01440764 tench\", \"n01443537 goldfish\"]",
    "tench|goldfish"},
  {"surrogates", "[\"\\ud83d\\ude00\", \"\\ud83d\"]",
    "\xf0\x9f\x98\x80|\xef\xbf\xbd"},
  {"python", "{0: 'tench, Tinca tinca',\n 1: \"goldfish's\",\n}\n",
    "tench, Tinca tinca|goldfish's"},
  {"python list", "labels = [\n  'a',\n  u'b',  # the second\n  'c',\n]\n",
    "a|b|c"},
  {"python tuples", "[(0, 'a'), (1, 'b')]", "a|b"},
  {"label map",
    "item {\n  id: 1\n  name: 'tench'\n}\nitem {\n  id: 2\n  "
    "name: 'goldfish'\n}\n",
    "tench|goldfish", 1},
  {"label map with more",
    "# ids\nitem: { name: \"/m/01\", id: 3, "
    "display_name: \"caf\\303\\251\" }\nitem { id: 1 display_name: 'a' "
    "keypoints { id: 7 label: \"x\" } }",
    "a|2|caf\xc3\xa9", 1},
  {"label map from none", "item{id:0 name:'a'}item{id:1 name:'b'}", "a|b"},
  {"lines in a name", "[\"a\\nb\", \"c\\td\"]", "a b|c d"},
  {"cut json", "[\n\"a\",\n\"b\n]", "[|\"a\",|\"b|]", 0, TRUE},
  {"json of numbers", "[1, 2]", "[1, 2]", 0, TRUE},
  {"deep", DEEP "'a'" PEED, DEEP "'a'" PEED, 0, TRUE},
  {"brackets in names", "[background]\n[cat\n", "[background]|[cat"},
};

static void
test_case (gconstpointer data)
{
  const Case *c = data;
  g_autoptr (GError) error = NULL;
  g_auto (MnLabelsNote) note = {
    0,
  };
  g_auto (GStrv) names = mn_labels_parse_form (c->text,
      c->size ? c->size : strlen (c->text), "l.txt", &note, &error);
  g_autofree gchar *all = NULL;

  g_assert_no_error (error);
  all = g_strjoinv ("|", names);
  g_assert_cmpstr (all, ==, c->wanted);
  g_assert_cmpuint (note.first, ==, c->first);
  g_assert_cmpint (note.doubt != NULL, ==, c->doubtful);
  g_assert_nonnull (note.form);
}

/* All of ImageNet's, as they are counted: from 0, from 1, backwards. */
static void
test_many (void)
{
  GString *text = g_string_new (NULL);
  g_auto (MnLabelsNote) note = {
    0,
  };
  g_auto (GStrv) names = NULL;
  guint i;

  for (i = 1000; i-- > 0;)
    g_string_append_printf (text, "%u n%08u the %uth thing\r\n", i + 1, i, i);
  names = mn_labels_parse_form (text->str, text->len, "l.txt", &note, NULL);
  g_assert_cmpuint (g_strv_length (names), ==, 1000);
  g_assert_cmpuint (note.first, ==, 1);
  g_assert_cmpstr (names[0], ==, "the 0th thing");
  g_assert_cmpstr (names[999], ==, "the 999th thing");
  g_string_free (text, TRUE);
}

static void
test_fit (void)
{
  const MnLabelsNote from_0 = {0, "", NULL}, from_1 = {1, "", NULL};
  gint offset;

  g_assert_true (mn_labels_fit (&from_1, 5, 5, &offset));
  g_assert_cmpint (offset, ==, 0);
  g_assert_true (mn_labels_fit (&from_1, 5, 6, &offset));
  g_assert_cmpint (offset, ==, -1);
  g_assert_false (mn_labels_fit (&from_0, 5, 6, &offset));
  g_assert_cmpint (offset, ==, 0);
  g_assert_true (mn_labels_fit (&from_0, 1001, 1000, &offset));
  g_assert_cmpint (offset, ==, 1);
}

static void
write_beside (const gchar *folder, const gchar *name)
{
  g_autofree gchar *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, "a\n", -1, NULL));
}

static void
test_find (void)
{
  /* The later, the better. */
  static const gchar *const names[] = {"labels.json", "classes.txt",
    "labelmap.txt", "labels.txt", "net_labels.txt", "net.labels",
    "net.tflite.labels"};
  g_autofree gchar *folder = g_dir_make_tmp ("labels-XXXXXX", NULL);
  g_autofree gchar *model = g_build_filename (folder, "net.tflite", NULL);
  g_autofree gchar *text = NULL;
  guint i;

  write_beside (folder, "net.txt");
  g_assert_null (mn_labels_find (model));
  text = mn_labels_find_text (model);
  g_assert_true (g_str_has_suffix (text, "/net.txt"));
  g_assert_cmpint (g_remove (text), ==, 0);
  for (i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree gchar *found = NULL;

    write_beside (folder, names[i]);
    found = mn_labels_find (model);
    g_assert_nonnull (found);
    g_assert_true (g_str_has_suffix (found, names[i]));
  }
  for (i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree gchar *path = g_build_filename (folder, names[i], NULL);

    g_assert_cmpint (g_remove (path), ==, 0);
  }
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

int
main (int argc, char **argv)
{
  guint i;

  g_test_init (&argc, &argv, NULL);
  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *path = g_strconcat ("/labels/", cases[i].name, NULL);

    g_test_add_data_func (path, &cases[i], test_case);
  }
  g_test_add_func ("/labels-many", test_many);
  g_test_add_func ("/labels-fit", test_fit);
  g_test_add_func ("/labels-find", test_find);
  return g_test_run ();
}
