/// Evaluates the formulas of task pages.
module MtrlFunctional.Tests.Tasks.Evaluation

open System
open System.Text.RegularExpressions
open MtrlFunctional.Tasks
open MtrlFunctional.Tests.Tasks.Formula

/// A truth value is 1 or 0, as in Python; a position is three numbers.
type Value =
    | One of float
    | Many of float list

/// Environment of an evaluation: an episode, one of its steps, and the names assigned so far.
type World = { Of: Scenario; Now: StepState; Names: Map<string, Value> }

let ofVec (v: Vec3) = Many [ v.X; v.Y; v.Z ]

let private truth yes = One(if yes then 1.0 else 0.0)

let private number =
    function
    | One x -> x
    | Many xs -> failwith $"{xs}: a single number is expected"

let private many =
    function
    | Many xs -> xs
    | One x -> failwith $"{x}: a tuple is expected"

let private norm = many >> List.sumBy (fun x -> x * x) >> sqrt >> One

let rec private lift operator a b =
    match a, b with
    | One x, One y -> One(operator x y)
    | Many xs, Many ys -> Many(List.map2 operator xs ys)
    | One x, Many ys -> Many(ys |> List.map (operator x))
    | Many xs, One y -> Many(xs |> List.map (fun x -> operator x y))

/// The element of body('…'), site('…') or geom('…').
let element =
    function
    | Call("body", [ Text name ]) -> Some(Body name)
    | Call("frame", [ Text name ]) -> Some(BodyFrame name)
    | Call("site", [ Text name ]) -> Some(Site name)
    | Call("geom", [ Text name ]) -> Some(Geom name)
    | _ -> None

/// A function defined by formulas.
type private Definition = { Parameters: string list; Lines: Assignment list }

let private definitions =
    [
        for notation in TaskDocuments.notations ->
            let words = [ for m in Regex.Matches(notation.Signature, @"\w+") -> m.Value ]
            words.Head, { Parameters = words.Tail; Lines = parse notation.Lines }
    ]
    |> Map.ofList

let private given world name =
    let obs = world.Now.Obs
    let orientation = Obs.orientation obs

    match name with
    | "pi" -> One Math.PI
    | "random" -> Many(List.ofArray world.Of.Random)
    | "hand" -> ofVec (Obs.hand obs)
    | "opening" -> One(Obs.opening obs)
    | "effort" -> One(StepState.effort world.Now)
    | "tcp" -> ofVec (StepState.tcp world.Now)
    | "leftFinger" -> ofVec world.Now.Scene.LeftFinger
    | "leftPad" -> ofVec world.Now.Scene.LeftPad
    | "rightPad" -> ofVec world.Now.Scene.RightPad
    | "grasped" -> truth world.Now.Scene.Grasped
    | "turned" -> Many [ orientation.A; orientation.B; orientation.C; orientation.D ]
    | "hand0" -> ofVec world.Of.Task.HandInit
    | "tcp0" -> ofVec world.Of.Episode.TcpInit
    | _ ->
        match
            (TaskDocuments.ofTask world.Of.Task).Observed
            |> List.tryFindIndex (fun observed -> observed.Name = name)
        with
        | Some 0 -> ofVec (Obs.object obs)
        | Some _ -> ofVec (Obs.secondObject obs)
        | None -> failwith $"{world.Of.Task.Name}: what is {name}?"

let rec evaluate world expression : Value =
    let value = evaluate world
    let isTrue e = number (value e) <> 0.0

    match expression with
    | Number x -> One x
    | Text text -> failwith $"'{text}' stands alone"
    | Name name ->
        world.Names
        |> Map.tryFind name
        |> Option.defaultWith (fun () -> given world name)
    | Tuple parts -> Many(parts |> List.map (value >> number))
    | Field(e, axis) ->
        let i = List.findIndex ((=) axis) [ "x"; "y"; "z" ]
        One(List.item i (many (value e)))
    | Item(e, i) -> One(List.item i (many (value e)))
    | Slice(e, first, past) -> Many(many (value e) |> List.skip first |> List.take (past - first))
    | Minus e -> lift (-) (One 0.0) (value e)
    | Not e -> truth (not (isTrue e))
    | Choice(condition, yes, no) -> value (if isTrue condition then yes else no)
    | Binary("and", a, b) -> truth (isTrue a && isTrue b)
    | Binary("or", a, b) -> truth (isTrue a || isTrue b)
    | Binary(operator, a, b) ->
        let x, y = value a, value b

        match operator with
        | "+" -> lift (+) x y
        | "-" -> lift (-) x y
        | "*" -> lift (*) x y
        | "/" -> lift (/) x y
        | "**" -> lift (fun a b -> Math.Pow(a, b)) x y
        | "<" -> truth (number x < number y)
        | "<=" -> truth (number x <= number y)
        | ">" -> truth (number x > number y)
        | ">=" -> truth (number x >= number y)
        | _ -> truth (number x = number y)
    | Call(name, arguments) -> call world name arguments

and private call world name arguments =
    let value = evaluate world
    let at = element (Call(name, arguments))

    match name, arguments with
    | _ when at.IsSome -> ofVec (Snapshot.at at.Value world.Now.Scene)
    | "joint", [ Text joint ] ->
        One world.Now.Scene.JointPositions[List.findIndex ((=) joint) world.Of.Task.Joints]
    | "settled", [ e ] -> evaluate { world with Now.Scene = world.Of.Settled } e
    | "placed", [ e ] -> evaluate { world with Now.Scene = world.Of.Placed } e
    | "first", [ e ] -> evaluate { world with Now.Obs = world.Of.Step.FirstObs } e
    | _ ->
        match name, arguments |> List.map value with
        | "norm", [ v ] -> norm v
        | "distance", [ a; b ] -> norm (lift (-) a b)
        | "distanceXY", [ Many a; Many b ] -> norm (lift (-) (Many a[..1]) (Many b[..1]))
        | "distanceXZ", [ Many a; Many b ] ->
            norm (lift (-) (Many [ a[0]; a[2] ]) (Many [ b[0]; b[2] ]))
        | "abs", [ One x ] -> One(abs x)
        | "exp", [ One x ] -> One(exp x)
        | "log", [ One x ] -> One(log x)
        | "sin", [ One x ] -> One(sin x)
        | "cos", [ One x ] -> One(cos x)
        | "single", [ One x ] -> One(float (float32 x))
        | "min", [ One x; One y ] -> One(min x y)
        | "max", [ One x; One y ] -> One(max x y)
        | "clip", [ One x; One low; One high ] -> One(min (max x low) high)
        | _, values ->
            match definitions |> Map.tryFind name with
            | Some definition when definition.Parameters.Length = values.Length ->
                let names = List.zip definition.Parameters values

                {
                    world with
                        Names = names |> List.fold (fun m (k, v) -> Map.add k v m) world.Names
                }
                |> assign definition.Lines
                |> Map.find name
            | _ -> failwith $"{world.Of.Task.Name}: what is {name} of {values.Length}?"

/// The names after some assignments.
and assign lines world : Map<string, Value> =
    (world, lines)
    ||> List.fold (fun world line -> {
        world with
            Names = world.Names |> Map.add line.Target (evaluate world line.Value)
    })
    |> _.Names
