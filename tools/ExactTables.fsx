/// Writes the exact tables and the hull files of assets/metaworld from JSON facts.
///
///     dotnet build src/Interop.CSharp -c Release && dotnet fsi tools/ExactTables.fsx FACTS
///
/// FACTS is a folder with one JSON file for each original scene (sawyer_door_pull.json …): the numbers of
/// its model as MuJoCo 2.2.2 compiled it. Format and loading of the files:
/// assets/metaworld/README.md.
///
/// Reading order: scenes → table → write.
#load "SceneFacts.fsx"

open System.IO
open MtrlFunctional.Storage
open SceneFacts

/// Our scene and the corresponding original.
let scenes = [
    "assembly", "assembly_peg"
    "basketball", "basketball"
    "bins", "bin_picking"
    "box", "box"
    "button", "button_press"
    "button_topdown", "button_press_topdown"
    "button_topdown_wall", "button_press_topdown_wall"
    "button_wall", "button_press_wall"
    "coffee", "coffee"
    "dial", "dial"
    "door", "door_pull"
    "door_lock", "door_lock"
    "drawer", "drawer"
    "faucet", "faucet"
    "hammer", "hammer"
    "handle", "handle_press"
    "handle_side", "handle_press_sideways"
    "hole_table", "table_with_hole"
    "lever", "lever_pull"
    "peg_insert", "peg_insertion_side"
    "peg_unplug", "peg_unplug_side"
    "pick_out_of_hole", "pick_out_of_hole"
    "pick_place", "pick_place_v3"
    "pick_place_wall", "pick_place_wall_v3"
    "plate_slide", "plate_slide"
    "plate_slide_side", "plate_slide_sideway"
    "push", "push_v3"
    "push_back", "push_back_v3"
    "push_wall", "push_wall_v3"
    "reach", "reach_v3"
    "reach_wall", "reach_wall_v3"
    "shelf", "shelf_placing"
    "soccer", "soccer"
    "stick", "stick_obj"
    "sweep", "sweep_v3"
    "window", "window_horizontal"
]

/// Geoms without contacts whose poses are read by tasks: small spheres of class anchor in our scenes.
let anchors = set [ "handle"; "objGeom"; "mug"; "HammerHead" ]
let anchorRadius = 0.005

/// Hulls by file parts/hulls_<part>.xml.
let hullParts = [
    "robot", [ "l6"; "eGripperBase" ]
    "box", [ "boxtop"; "boxhandle" ]
    "handle", [ "handle_press_col1"; "handle_press_col2"; "handle_press_col3" ]
    "net", [ "net1_col"; "net2_col"; "net3_col"; "net4_col" ]
    "soccer", [ "goal_col1"; "goal_col2"; "goal_col3"; "goal_col4" ]
    "stick", [ "therm_trim"; "therm_cap" ]
]

/// The tensors of one scene, named like the fields of mjModel that they overwrite.
let table facts =
    let column prefix field (values: float list list) =
        let width = int64 values.Head.Length

        let shape = [|
            int64 values.Length
            if width > 1L then
                width
        |]

        SafetensorsEntry.Of($"{prefix}_{field}", values |> List.concat |> Array.ofList, shape)

    let rows prefix fields elements = [
        for field in fields do
            elements |> List.map (Facts.get field >> Facts.numbers) |> column prefix field
    ]

    let collides geom =
        Facts.get "collides" geom |> _.GetBoolean()

    let isAnchor geom =
        Facts.get "name" geom
        |> _.GetString()
        |> Option.ofObj
        |> Option.exists anchors.Contains

    let geoms =
        Facts.get "geoms" facts
        |> Facts.items
        |> List.filter (fun geom -> collides geom || isAnchor geom)

    let shaped field anchor =
        geoms
        |> List.map (fun geom ->
            if collides geom then
                Facts.get field geom |> Facts.numbers
            else
                anchor)
        |> column "geom" field

    [
        yield!
            Facts.get "bodies" facts
            |> Facts.items
            |> rows "body" [ "pos"; "quat"; "ipos"; "iquat"; "mass"; "inertia" ]
        SafetensorsEntry.Of(
            "geom_id",
            geoms |> List.map (Facts.get "id" >> _.GetInt32()) |> Array.ofList
        )
        yield! rows "geom" [ "pos"; "quat" ] geoms
        shaped "size" [ anchorRadius; 0.0; 0.0 ]
        shaped "rbound" [ anchorRadius ]
        yield! Facts.get "sites" facts |> Facts.items |> rows "site" [ "pos"; "quat" ]
        yield! Facts.get "joints" facts |> Facts.items |> rows "jnt" [ "pos"; "axis" ]
        for field in [ "qpos0"; "qpos_spring" ] do
            SafetensorsEntry.Of(field, Facts.get field facts |> Facts.numbers |> Array.ofList)
    ]

let write folder =
    let assets = Path.Combine(__SOURCE_DIRECTORY__, "..", "assets", "metaworld")

    let facts =
        scenes |> List.map (fun (scene, original) -> scene, Facts.load folder original)

    for scene, facts in facts do
        SafetensorsWriter.Write(Path.Combine(assets, $"{scene}.safetensors"), table facts)

    let hulls =
        [
            for _, facts in facts do
                for mesh in (Facts.get "collision_meshes" facts).EnumerateObject() do
                    mesh.Name, mesh.Value
        ]
        |> List.distinctBy fst
        |> List.map (fun (name, facts) -> name, Hull.read facts)
        |> Map

    SafetensorsWriter.Write(
        Path.Combine(assets, "hulls.safetensors"),
        hulls |> Map.toList |> List.collect (fun (name, hull) -> Hull.tensors name hull)
    )

    for part, names in hullParts do
        let meshes = names |> List.map (fun name -> Hull.xml name hulls[name])

        [
            "<!-- Corners of convex hulls, written by tools/ExactTables.fsx. -->"
            "<mujocoinclude>"
            "  <asset>"
            yield! meshes
            "  </asset>"
            "</mujocoinclude>"
            ""
        ]
        |> String.concat "\n"
        |> fun text -> File.WriteAllText(Path.Combine(assets, "parts", $"hulls_{part}.xml"), text)

    printfn $"{facts.Length} tables and {hulls.Count} hulls written to {Path.GetFullPath assets}."

match fsi.CommandLineArgs |> List.ofArray |> List.tail with
| [ folder ] when Directory.Exists folder ->
    try
        write folder
    with :? FileNotFoundException as missing ->
        eprintfn
            $"{missing.FileName} is missing: the folder must hold the facts of all {scenes.Length} scenes."

        exit 1
| _ ->
    eprintfn "usage: dotnet fsi tools/ExactTables.fsx FOLDER-OF-JSON-FACTS"
    exit 2
