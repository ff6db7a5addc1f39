// Facts of an original scene, and its convex hulls. Used by ExactTables.fsx.
//
// Reading order: Facts → Hull.
#r "../src/Interop.CSharp/bin/Release/net10.0/MtrlFunctional.dll"

open System
open System.Globalization
open System.IO
open System.Text.Json
open MtrlFunctional.Storage

/// Reading the JSON of a scene.
module Facts =
    let load folder original =
        Path.Combine(folder, $"sawyer_{original}.json")
        |> File.ReadAllText
        |> JsonDocument.Parse
        |> _.RootElement

    let get (name: string) (e: JsonElement) = e.GetProperty name
    let items (e: JsonElement) = e.EnumerateArray() |> List.ofSeq

    /// All numbers below an element, nested arrays flattened.
    let rec numbers (e: JsonElement) =
        match e.ValueKind with
        | JsonValueKind.Array -> items e |> List.collect numbers
        | _ -> [ e.GetDouble() ]

    let ints e = numbers e |> List.map int

/// The convex hull of a colliding mesh.
type Hull = {
    Corners: Numerics.Vector3[]
    /// Triangles of corner numbers.
    Faces: int[][]
    /// The engine's layout: corner count, face count, offset of each corner's edges, mesh vertex of
    /// each corner, edges (neighbours of a corner, ended by -1), faces.
    Graph: int[]
}

module Hull =
    open System.Numerics

    let read facts =
        let corners =
            Facts.get "hull_vertices" facts
            |> Facts.items
            |> List.map (fun p ->
                match Facts.numbers p with
                | [ x; y; z ] -> Vector3(float32 x, float32 y, float32 z)
                | _ -> failwith "A hull vertex has three coordinates.")

        let faces = Facts.get "hull_faces" facts |> Facts.items |> List.map Facts.ints
        let n = corners.Length

        let graph = [
            n
            faces.Length
            yield! Facts.get "graph_vert_edgeadr" facts |> Facts.ints
            yield! [ 0 .. n - 1 ]
            yield! Facts.get "graph_edge_localid" facts |> Facts.ints
            yield! List.concat faces
        ]

        // The compiler reserves this much for n corners in general position (2 n - 4 triangles).
        if faces.Length <> 2 * n - 4 || graph.Length <> 2 + 3 * n + 6 * faces.Length then
            failwith
                $"A hull of {n} corners has {faces.Length} faces and a graph of {graph.Length} numbers."

        {
            Corners = Array.ofList corners
            Faces = faces |> List.map Array.ofList |> Array.ofList
            Graph = Array.ofList graph
        }

    /// Hulls with nearly coplanar corners, which the compiler would drop, so that the exact graph would
    /// not match.
    let private swollen = set [ "eGripperBase"; "boxhandle" ]

    /// Each corner moved outwards by a fifth of a millimetre along the mean normal of its faces. A point q + t n, with
    /// q a corner and n inside the cone of its normals, is a corner of "hull plus ball of radius t" and the
    /// only point furthest along n: so all moved points are corners again, and distinctly so.
    let private swell hull =
        let centre =
            Array.reduce (fun a b -> a + b) hull.Corners / float32 hull.Corners.Length

        let normals = Array.create hull.Corners.Length Vector3.Zero

        for face in hull.Faces do
            let a, b, c = hull.Corners[face[0]], hull.Corners[face[1]], hull.Corners[face[2]]
            let normal = Vector3.Normalize(Vector3.Cross(b - a, c - a))

            let outwards =
                if Vector3.Dot(normal, a - centre) < 0f then
                    -normal
                else
                    normal

            for corner in face do
                normals[corner] <- normals[corner] + outwards

        Array.map2 (fun p n -> p + 0.0002f * Vector3.Normalize n) hull.Corners normals

    /// The mesh as input of the compiler: the corners in full precision.
    let xml name hull =
        let text (x: float32) = x.ToString CultureInfo.InvariantCulture

        let points = if swollen.Contains name then swell hull else hull.Corners

        let vertices =
            points
            |> Array.map (fun p -> $"{text p.X} {text p.Y} {text p.Z}")
            |> Array.chunkBySize 4
            |> Array.map (String.concat "  ")
            |> String.concat "\n      "

        $"    <mesh name=\"{name}\" vertex=\"\n      {vertices}\"/>"

    let tensors name hull = [
        SafetensorsEntry.Of(
            $"mesh/{name}/vert",
            hull.Corners |> Array.collect (fun p -> [| p.X; p.Y; p.Z |]),
            [| int64 hull.Corners.Length; 3L |]
        )
        SafetensorsEntry.Of($"mesh/{name}/graph", hull.Graph)
    ]
