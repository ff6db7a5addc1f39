// Draws the textures of the scenes: dotnet fsi tools/Textures.fsx
//
// Needs a build (./mtrl build). Writes assets/metaworld/textures/*.png deterministically.
#r "../src/Interop.CSharp/bin/Release/net10.0/MtrlFunctional.dll"

open System
open System.IO
open MtrlFunctional.Rendering

/// A number in [0, 1) for a lattice point.
let private lattice (seed: int) x y =
    let mutable h =
        uint32 seed * 0x9E3779B9u + uint32 x * 0x85EBCA6Bu + uint32 y * 0xC2B2AE35u

    h <- (h ^^^ (h >>> 15)) * 0x2C1B3C6Du
    h <- (h ^^^ (h >>> 12)) * 0x297A2D39u
    float ((h ^^^ (h >>> 15)) >>> 8) / float (1 <<< 24)

/// Smooth noise that repeats after `period` lattice points in x.
let private noise seed period x y =
    let ix, iy = int (floor x), int (floor y)
    let ease t = t * t * (3.0 - 2.0 * t)
    let fx, fy = ease (x - floor x), ease (y - floor y)

    let at dx dy =
        lattice seed ((ix + dx) % period) (iy + dy)

    let mix a b t = a + (b - a) * t
    mix (mix (at 0 0) (at 1 0) fx) (mix (at 0 1) (at 1 1) fx) fy

let private planks = 6
let private width, height = 256, 192

/// Light wood in planks: each has its tone, its grain runs along it, a dark joint divides it from the next.
let private wood x y =
    let plank = y * planks / height
    let within = float (y * planks % height) / float height
    let along = float x / float width
    let grain = noise (10 + plank) 6 (6.0 * along) (14.0 * within)
    let fibre = noise (50 + plank) 24 (24.0 * along) (60.0 * within)

    let rings =
        0.5 + 0.5 * sin (2.0 * Math.PI * (3.0 * within + 1.6 * grain + float plank))

    let tone = 0.94 + 0.10 * lattice 3 plank 0
    let joint = if within < 0.03 then 0.72 else 1.0
    let shade = joint * tone * (0.90 + 0.07 * rings + 0.06 * fibre)
    [| 218.0; 181.0; 134.0 |] |> Array.map (fun c -> byte (min 255.0 (c * shade)))

let folder =
    Path.Combine(__SOURCE_DIRECTORY__, "..", "assets", "metaworld", "textures")

Directory.CreateDirectory folder |> ignore

Frame(
    width,
    height,
    [|
        for y in 0 .. height - 1 do
            for x in 0 .. width - 1 do
                yield! wood x y
    |]
)
    .SavePng(Path.Combine(folder, "wood.png"))
