namespace MtrlFunctional.Environments;

/// <summary>Meta-World's own asset tree: the folder of its scenes, and the original scene of each scene here. Bodies, joints,
/// geoms and sites have the same names and order in both, so that nothing else differs.</summary>
/// <remarks>Names: Meta-World 3.1.1. Its scenes hold the true meshes; the engine compiles them to the same numbers that the exact
/// tables beside our scenes restore, so no table is applied to them.</remarks>
internal static class OriginalAssets
{
    private const string Scenes = "sawyer_xyz";

    // From the root of the package, of its assets, or the folder of the scenes itself.
    private static readonly string[] _subfolders =
        [Scenes, Path.Combine("assets", Scenes), Path.Combine("metaworld", "assets", Scenes), ""];

    /// <summary>The original's name of each of our scenes.</summary>
    internal static readonly IReadOnlyDictionary<string, string> Files = new Dictionary<string, string>
    {
        ["assembly"] = "sawyer_assembly_peg",
        ["basketball"] = "sawyer_basketball",
        ["bins"] = "sawyer_bin_picking",
        ["box"] = "sawyer_box",
        ["button"] = "sawyer_button_press",
        ["button_topdown"] = "sawyer_button_press_topdown",
        ["button_topdown_wall"] = "sawyer_button_press_topdown_wall",
        ["button_wall"] = "sawyer_button_press_wall",
        ["coffee"] = "sawyer_coffee",
        ["dial"] = "sawyer_dial",
        ["door"] = "sawyer_door_pull",
        ["door_lock"] = "sawyer_door_lock",
        ["drawer"] = "sawyer_drawer",
        ["faucet"] = "sawyer_faucet",
        ["hammer"] = "sawyer_hammer",
        ["handle"] = "sawyer_handle_press",
        ["handle_side"] = "sawyer_handle_press_sideways",
        ["hole_table"] = "sawyer_table_with_hole",
        ["lever"] = "sawyer_lever_pull",
        ["peg_insert"] = "sawyer_peg_insertion_side",
        ["peg_unplug"] = "sawyer_peg_unplug_side",
        ["pick_out_of_hole"] = "sawyer_pick_out_of_hole",
        ["pick_place"] = "sawyer_pick_place_v3",
        ["pick_place_wall"] = "sawyer_pick_place_wall_v3",
        ["plate_slide"] = "sawyer_plate_slide",
        ["plate_slide_side"] = "sawyer_plate_slide_sideway",
        ["push"] = "sawyer_push_v3",
        ["push_back"] = "sawyer_push_back_v3",
        ["push_wall"] = "sawyer_push_wall_v3",
        ["reach"] = "sawyer_reach_v3",
        ["reach_wall"] = "sawyer_reach_wall_v3",
        ["shelf"] = "sawyer_shelf_placing",
        ["soccer"] = "sawyer_soccer",
        ["stick"] = "sawyer_stick_obj",
        ["sweep"] = "sawyer_sweep_v3",
        ["window"] = "sawyer_window_horizontal",
    };

    /// <summary>The folder of the original's scenes in a tree.</summary>
    /// <returns>Null: there is no scene of the original.</returns>
    internal static string? FindIn(string folder) => _subfolders
        .Select(subfolder => Path.Combine(folder, subfolder))
        .FirstOrDefault(path => Directory.Exists(path) && Known(path).Any());

    /// <summary>The file of a scene in the original's folder.</summary>
    /// <returns>An existing file.</returns>
    internal static string FileOf(string folder, string scene)
    {
        if (!Files.TryGetValue(scene, out var name))
            throw new PhysicsException($"Meta-World has no scene '{scene}'.{Nearest.Hint(Files.Keys, scene)}");
        var file = Path.Combine(folder, $"{name}.xml");
        return File.Exists(file)
            ? file
            : throw new PhysicsException(
                $"{file}: no such file. It is Meta-World 3.1.1's scene of '{scene}'.{Nearest.Hint(Known(folder), name)}");
    }

    internal static PhysicsException Missing(string folder) => new(
        $"{folder}: holds no scenes. Looked for Meta-World's ({string.Join(", ", _subfolders.Select(subfolder =>
            Path.Combine(folder, subfolder, "sawyer_reach_v3.xml")))}) and for this program's own ({Path.Combine(folder, "reach.xml")}).");

    private static IEnumerable<string> Known(string folder) =>
        Directory.EnumerateFiles(folder, "sawyer_*.xml").Select(file => Path.GetFileNameWithoutExtension(file)!);
}
