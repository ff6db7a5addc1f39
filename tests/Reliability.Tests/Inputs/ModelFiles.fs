/// Good files of every format that a model may name, each with a model that reads it.
module MtrlFunctional.Reliability.Tests.ModelFiles

open System
open System.IO
open System.Text
open MtrlFunctional.Rendering

/// A name, its content, and the document that names it.
type ModelFile = { Name: string; Content: byte[]; Document: string }

let private ints (numbers: int seq) =
    numbers |> Seq.map BitConverter.GetBytes |> Array.concat

let private floats (numbers: float32 seq) =
    numbers |> Seq.map BitConverter.GetBytes |> Array.concat

/// A tetrahedron: coordinates of its corners, and the corners of its faces.
let private corners = [| 0f; 0f; 0f; 1f; 0f; 0f; 0f; 1f; 0f; 0f; 0f; 1f |]
let private faces = [| 0; 2; 1; 0; 1; 3; 1; 2; 3; 0; 3; 2 |]

let private stl =
    Array.concat [
        Array.zeroCreate 80
        ints [ 4 ]
        for face in Array.chunkBySize 3 faces do
            floats [ 0f; 0f; 0f ]

            for corner in face do
                floats corners[3 * corner .. 3 * corner + 2]

            [| 0uy; 0uy |]
    ]

let private obj =
    let vertices = [
        for corner in Array.chunkBySize 3 corners -> $"v {corner[0]} {corner[1]} {corner[2]}"
    ]

    let polygons = [
        for face in Array.chunkBySize 3 faces ->
            String.Join(" ", "f", $"{face[0] + 1}/1/1", $"{face[1] + 1}/1/1", $"{face[2] + 1}/1/1")
    ]

    vertices @ [ "vt 0 0"; "vn 0 0 1" ] @ polygons
    |> String.concat "\n"
    |> Encoding.ASCII.GetBytes

/// Numbers of corners, normals, coordinates in a texture and faces; then these.
let private msh hasAll =
    let normals = if hasAll then Array.replicate 12 0.5f else [||]
    let texture = if hasAll then Array.replicate 8 0f else [||]

    Array.concat [
        ints [ 4; normals.Length / 3; texture.Length / 2; 4 ]
        floats (Array.concat [ corners; normals; texture ])
        ints faces
    ]

/// Numbers of corners, coordinates in a texture, faces and bones; then these. The bone holds all corners.
let private skin =
    Array.concat [
        ints [ 4; 4; 4; 1 ]
        floats (Array.append corners (Array.replicate 8 0f))
        ints faces
        Array.append "b"B (Array.zeroCreate 39)
        floats [ 0f; 0f; 0f; 1f; 0f; 0f; 0f ]
        ints [ 4; 0; 1; 2; 3 ]
        floats (Array.replicate 4 1f)
    ]

let private png =
    use file = new MemoryStream()
    Png.Write(Frame(8, 8, Array.init 192 byte), file)
    file.ToArray()

let private mesh name content = {
    Name = name
    Content = content
    Document =
        $"<mujoco><asset><mesh name='m' file='{name}'/></asset><worldbody><geom type='mesh' mesh='m'/></worldbody></mujoco>"
}

let private heights name content = {
    Name = name
    Content = content
    Document =
        $"<mujoco><asset><hfield name='h' file='{name}' size='1 1 1 1'/></asset><worldbody><geom type='hfield' hfield='h'/></worldbody></mujoco>"
}

let private texture name content = {
    Name = name
    Content = content
    Document =
        HostileModels.withElements
            $"<asset><texture name='t' type='2d' file='{name}'/><material name='m' texture='t'/></asset>"
}

let all = [|
    mesh "mesh.stl" stl
    mesh "mesh.obj" obj
    mesh "mesh.msh" (msh false)
    mesh "full.msh" (msh true)
    heights "heights.png" png
    heights
        "heights.bin"
        (Array.append (ints [ 3; 3 ]) (floats (Seq.init 9 (fun i -> float32 i / 9f))))
    texture "texture.png" png
    texture "texture.bin" (Array.append (ints [ 2; 2 ]) (Array.init 12 byte))
    {
        Name = "skin.skn"
        Content = skin
        Document =
            "<mujoco><asset><skin name='s' file='skin.skn'/></asset><worldbody><body name='b'><geom size='1'/></body></worldbody></mujoco>"
    }
|]
