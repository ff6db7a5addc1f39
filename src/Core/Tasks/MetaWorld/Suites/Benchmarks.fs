/// The fifty tasks by name, and the benchmarks composed of them.
///
/// A new task is one file in `Definitions` and one line in `tasks`.
module MtrlFunctional.Tasks.MetaWorld.Benchmarks

open MtrlFunctional
open MtrlFunctional.Tasks

/// All tasks, in the order of the task ids of MT50, MT1 and ML1.
[<CompiledName("Tasks")>]
let tasks: MetaWorldTask list = [
    Assembly.assembly
    Basketball.basketball
    BinPicking.binPicking
    BoxClose.boxClose
    ButtonPressTopdown.buttonPressTopdown
    ButtonPressTopdown.buttonPressTopdownWall
    ButtonPress.buttonPress
    ButtonPress.buttonPressWall
    CoffeeButton.coffeeButton
    CoffeeMug.coffeePull
    CoffeeMug.coffeePush
    DialTurn.dialTurn
    Disassemble.disassemble
    DoorClose.doorClose
    DoorLock.doorLock
    DoorOpen.doorOpen
    DoorLock.doorUnlock
    HandInsert.handInsert
    DrawerClose.drawerClose
    DrawerOpen.drawerOpen
    Faucet.faucetOpen
    Faucet.faucetClose
    Hammer.hammerNail
    HandlePress.handlePressSide
    HandlePress.handlePress
    HandlePull.handlePullSide
    HandlePull.handlePull
    LeverPull.leverPull
    PickPlaceWall.pickPlaceWall
    PickOutOfHole.pickOutOfHole
    PickPlace.pickPlace
    PlateSlide.plateSlide
    PlateSlide.plateSlideSide
    PlateSlide.plateSlideBack
    PlateSlide.plateSlideBackSide
    PegInsertSide.pegInsertSide
    PegUnplugSide.pegUnplugSide
    Soccer.soccer
    StickPush.stickPush
    StickPull.stickPull
    Push.push
    PushWall.pushWall
    PushBack.pushBack
    Reach.reach
    Reach.reachWall
    ShelfPlace.shelfPlace
    Sweep.sweepInto
    Sweep.sweep
    Window.windowOpen
    Window.windowClose
]

/// Names of `tasks`, in the same order.
let internal order = tasks |> List.map _.Name

/// Full names from a text of names without version, separated by blanks.
let internal named (words: string) =
    words.Split([| ' '; '\n' |], System.StringSplitOptions.RemoveEmptyEntries)
    |> Array.map (fun word -> word + "-v3")
    |> Array.toList

let private mt10 =
    named
        "reach push pick-place door-open drawer-open drawer-close button-press-topdown
         peg-insert-side window-open window-close"

let private mt25 =
    mt10
    @ named
        "coffee-pull pick-out-of-hole disassemble pick-place-wall basketball stick-pull
         button-press-wall faucet-open door-lock lever-pull sweep-into faucet-close coffee-button
         button-press-topdown-wall dial-turn"

/// Names of tasks to train on and, for meta-learning, to test on.
type internal Benchmark = { Name: string; Train: string list; Test: string list }

/// The multi-task benchmarks MT10, MT25 and MT50, and the meta-learning ones ML10, ML25 and ML45.
let internal benchmarks: Benchmark list = [
    { Name = "MT10"; Train = mt10; Test = [] }
    { Name = "MT25"; Train = mt25; Test = [] }
    { Name = "MT50"; Train = order; Test = [] }
    {
        Name = "ML10"
        Train =
            named
                "reach push pick-place door-open drawer-close button-press-topdown peg-insert-side
                 window-open sweep basketball"
        Test = named "drawer-open door-close shelf-place sweep-into lever-pull"
    }
    {
        Name = "ML25"
        Train = mt25
        // Basketball is in both splits, as published.
        Test = named "basketball door-close shelf-place sweep button-press"
    }
    {
        Name = "ML45"
        Train =
            named
                "assembly basketball button-press-topdown button-press-topdown-wall button-press
                 button-press-wall coffee-button coffee-pull coffee-push dial-turn disassemble
                 door-close door-open drawer-close drawer-open faucet-open faucet-close hammer
                 handle-press-side handle-press handle-pull-side handle-pull lever-pull
                 pick-place-wall pick-out-of-hole push-back pick-place plate-slide
                 plate-slide-side plate-slide-back plate-slide-back-side peg-insert-side
                 peg-unplug-side soccer stick-push stick-pull push-wall push reach-wall reach
                 shelf-place sweep-into sweep window-open window-close"
        Test = named "bin-picking box-close hand-insert door-lock door-unlock"
    }
]

let private byName =
    tasks |> List.map (fun (task: MetaWorldTask) -> task.Name, task) |> Map.ofList

/// The task of any spelling of its name (`TaskName.metaWorld`). The error lists the nearest names.
let find (name: string) : Result<MetaWorldTask, string> =
    let full = TaskName.metaWorld name

    match byName |> Map.tryFind full with
    | Some task -> Ok task
    | None when name.EndsWith("-goal-hidden", System.StringComparison.OrdinalIgnoreCase) ->
        Error
            $"{name}: whether the goal is observed is no part of a name here. Meta-learning hides it: env=metaworld-ml1, or GoalVisible = false of MetaWorldOptions."
    | None -> Error $"{name}: no such task.{Nearest.hint order full}"

/// The tasks of the names in their order, or one error for each unknown name.
[<CompiledName("FindAll")>]
let internal findAll names : Result<MetaWorldTask list, string list> =
    match names |> List.map find |> Results.partition with
    | found, [] -> Ok found
    | _, errors -> Error errors
