// A library that is loaded before this one may bring graphs where libtorch has none, as the pretended GPU of the tests does.
#pragma once

typedef struct mt_graph mt_graph;

struct mt_graphs {
    mt_graph* (*begin)();
    void (*end)(mt_graph*);
    void (*launch)(mt_graph*);
    void (*free)(mt_graph*);
};

extern "C" __attribute__((weak, visibility("default"))) const mt_graphs* mt_graphs_of_device(void);
