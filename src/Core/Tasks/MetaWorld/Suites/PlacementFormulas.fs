/// The edits of a task's reset as formulas, in the syntax of Python's expressions: the page of `play` reads them.
///
/// `MetaWorldTask.Place` is a function. Its numbers are affine in the drawn numbers and in the positions of the settled
/// scene, so that its values at zero and at the unit vectors state it; another value checks it.
module MtrlFunctional.Tasks.MetaWorld.PlacementFormulas

open System
open System.Globalization
open MtrlFunctional.Tasks

/// One edit. `Of` names what is edited: an element, a joint, the first index, or the number of physics steps.
type Placed = { Edit: string; Of: string; Values: string list }

/// Kind and name of an element, as the page asks for poses.
let kindAndName watched =
    match watched with
    | Body name -> "body", name
    | BodyFrame name -> "frame", name
    | Site name -> "site", name
    | Geom name -> "geom", name

/// The element as a formula: "body('obj')".
let private element watched =
    let kind, name = kindAndName watched
    $"{kind}('{name}')"

let private parts edit : string * string * float list =
    let list (v: Vec3) = [ v.X; v.Y; v.Z ]

    match edit with
    | PlaceBody(body, position) -> "body", body, list position
    | PlaceSite(site, position) -> "site", site, list position
    | SetPositions(start, values) -> "positions", string start, values
    | SetVelocities(start, values) -> "velocities", string start, values
    | SetJoint(joint, position) -> "joint", joint, [ position ]
    | SetJointVelocity(joint, velocity) -> "jointVelocity", joint, [ velocity ]
    | Forward -> "forward", "", []
    | Advance substeps -> "advance", string substeps, []

/// The scene of a settled hand with given positions of the watched elements, three numbers each.
let private settled (task: MetaWorldTask) (positions: float[]) = {
    Hand = Vec3.zero
    LeftPad = Vec3.zero
    RightPad = Vec3.zero
    LeftClaw = Vec3.zero
    RightClaw = Vec3.zero
    LeftFinger = Vec3.zero
    RightFinger = Vec3.zero
    Elements = List.toArray task.Watch
    Poses = [|
        for i in 0 .. task.Watch.Length - 1 ->
            { Position = Sawyer.part (3 * i) positions; Orientation = Orientation.none }
    |]
    JointPositions = Array.zeroCreate task.Joints.Length
    Grasped = false
}

/// All values of the edits at a point: the drawn numbers, then the positions.
let private valuesAt (task: MetaWorldTask) (point: float[]) =
    let random, positions = Array.splitAt task.RandomLow.Length point

    task.Place random (settled task positions)
    |> List.map (fun edit ->
        let _, _, values = parts edit
        values)
    |> List.concat
    |> List.toArray

/// Formulas of the inputs, in the order of a point.
let private inputs (task: MetaWorldTask) = [
    for i in 0 .. task.RandomLow.Length - 1 do
        $"random[{i}]"
    for watched in task.Watch do
        for axis in [ "x"; "y"; "z" ] do
            $"settled({element watched}).{axis}"
]

let private number (x: float) =
    x.ToString("0.############", CultureInfo.InvariantCulture)

let private sum constant (terms: (float * string) list) =
    let words = [
        for coefficient, input in terms do
            match coefficient with
            | 0.0 -> ()
            | 1.0 -> $"+ {input}"
            | -1.0 -> $"- {input}"
            | c when c < 0.0 -> $"- {number -c} * {input}"
            | c -> $"+ {number c} * {input}"
        if constant < 0.0 then
            $"- {number -constant}"
        elif constant > 0.0 then
            $"+ {number constant}"
    ]

    match String.concat " " words with
    | "" -> "0"
    | text when text.StartsWith "+ " -> text.Substring 2
    | text -> text

/// The edits of a task's reset, in order.
/// Throws where a number is not affine.
let ofTask (task: MetaWorldTask) : Placed list =
    let inputs = inputs task
    let size = inputs.Length
    let constants = valuesAt task (Array.zeroCreate size)

    let slopes = [|
        for i in 0 .. size - 1 ->
            let unit = Array.init size (fun k -> if k = i then 1.0 else 0.0)

            Array.map2
                (fun value constant -> Math.Round((value: float) - constant, 9))
                (valuesAt task unit)
                constants
    |]

    let probe = Array.init size (fun i -> 0.1 + 0.07 * float (i * i % 11))

    valuesAt task probe
    |> Array.iteri (fun k value ->
        let affine =
            constants[k]
            + Seq.sum (Seq.map2 (fun (slope: float[]) x -> slope[k] * x) slopes probe)

        if abs (value - affine) > 1e-9 then
            invalidOp $"{task.Name}: an edit of its reset is not affine.")

    let formulas =
        constants
        |> Array.mapi (fun k constant ->
            sum constant (List.mapi (fun i input -> slopes[i][k], input) inputs))
        |> Array.toList

    let edits =
        task.Place (Array.zeroCreate task.RandomLow.Length) (settled task (Array.zeroCreate size))

    (([], formulas), edits)
    ||> List.fold (fun (placed, rest) edit ->
        let name, subject, values = parts edit
        let own, rest = List.splitAt values.Length rest
        { Edit = name; Of = subject; Values = own } :: placed, rest)
    |> fst
    |> List.rev
