namespace MtrlFunctional.Environments;

/// <summary>The exact mode: writes numbers over those that the engine's compiler has rounded, so that the physics is
/// bit-identical to the original scenes' physics. Format: assets/metaworld/README.md.</summary>
internal static class SceneTable
{
    /// <summary>Overwrites arrays of a freshly loaded model and derives the constants anew.</summary>
    internal static void Apply(Model model, string tablePath, string hullsPath)
    {
        if (model.Count(ElementKind.Mesh) > 0)
        {
            using var hulls = SafetensorsFile.Open(hullsPath);
            for (var mesh = 0; mesh < model.Count(ElementKind.Mesh); mesh++)
                ApplyHull(model, hulls, mesh);
        }

        using var table = SafetensorsFile.Open(tablePath);
        foreach (var name in table.Names.Where(n => n != "geom_id"))
            ApplyArray(model, table, name);

        using var world = new World(model);
        Native.Check(Native.mtrl_set_const(model.Handle, world.Handle), "deriving constants");
    }

    private static void ApplyHull(Model model, SafetensorsFile hulls, int mesh)
    {
        var name = model.NameOf(ElementKind.Mesh, mesh);
        var (vertices, graph) = (hulls.ReadFloats($"mesh/{name}/vert"), hulls.ReadInts($"mesh/{name}/graph"));
        Expect(hulls, $"mesh/{name}/vert", vertices.Length, 3 * model.Ints("mesh_vertnum")[mesh]);
        vertices.CopyTo(model.Floats("mesh_vert")[(3 * model.Ints("mesh_vertadr")[mesh])..]);

        var addresses = model.Ints("mesh_graphadr");
        var graphs = model.Ints("mesh_graph");
        // A graph ends where the next graph begins; meshes without a graph have address -1.
        var end = graphs.Length;
        foreach (var address in addresses)
        {
            if (address > addresses[mesh] && address < end)
                end = address;
        }

        Expect(hulls, $"mesh/{name}/graph", graph.Length, end - addresses[mesh]);
        graph.CopyTo(graphs[addresses[mesh]..]);
    }

    private static void ApplyArray(Model model, SafetensorsFile table, string name)
    {
        var target = model.Doubles(name);
        var values = table.ReadDoubles(name);
        // Rows of geoms belong to the geoms that the table lists; all other arrays are whole.
        if (name.StartsWith("geom_", StringComparison.Ordinal) && table.Contains("geom_id"))
        {
            var (ids, columns) = (table.ReadInts("geom_id"), model.Columns(name));
            Expect(table, name, values.Length, ids.Length * columns);
            for (var row = 0; row < ids.Length; row++)
            {
                if ((uint)ids[row] >= (uint)model.Count(ElementKind.Geom))
                    throw new SafetensorsException(table.Path, $"geom_id holds {ids[row]}, {model.Name} has no such geom.");
                values.AsSpan(row * columns, columns).CopyTo(target[(ids[row] * columns)..]);
            }
        }
        else
        {
            Expect(table, name, values.Length, target.Length);
            values.CopyTo(target);
        }
    }

    private static void Expect(SafetensorsFile file, string tensor, int found, int right)
    {
        if (found != right)
            throw new SafetensorsException(
                file.Path, $"'{tensor}' has {found} numbers, the scene's XML needs {right}: table and XML do not match.");
    }
}
