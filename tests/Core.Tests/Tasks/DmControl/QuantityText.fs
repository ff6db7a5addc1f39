/// Quantities of DeepMind Control's tasks in words.
module MtrlFunctional.Tests.Tasks.QuantityText

open MtrlFunctional.Tasks.DmControl

let private ofAxis (axis: Axis) = (string axis).ToLowerInvariant()

let private ofModel number =
    match number with
    | ModelNumber.GeomPosition(geom, axis) -> $"{ofAxis axis} of geom `{geom}` in its body"
    | ModelNumber.GeomSize(geom, index) -> $"number {index} of the size of geom `{geom}`"
    | ModelNumber.SitePosition(site, axis) -> $"{ofAxis axis} of site `{site}` in its body"
    | ModelNumber.SiteSize(site, index) -> $"number {index} of the size of site `{site}`"
    | ModelNumber.SiteAlpha site -> $"opacity of site `{site}`"
    | ModelNumber.Damping joint -> $"damping of joint `{joint}`"

/// A quantity: "velocity of joint `hinge`".
let ofQuantity quantity =
    match quantity with
    | Quantity.Position joint -> $"coordinate of joint `{joint}`"
    | Quantity.Velocity joint -> $"velocity of joint `{joint}`"
    | Quantity.Control actuator -> $"control of actuator `{actuator}`"
    | Quantity.Sensor(sensor, index) -> $"number {index} of sensor `{sensor}`"
    | Quantity.BodyPosition(body, axis) -> $"{ofAxis axis} of body `{body}`"
    | Quantity.BodyCentre(body, axis) -> $"{ofAxis axis} of the centre of mass of body `{body}`"
    | Quantity.BodyAxis(body, world, own) ->
        $"{ofAxis world} of the {ofAxis own} axis of body `{body}`"
    | Quantity.GeomPosition(geom, axis) -> $"{ofAxis axis} of geom `{geom}`"
    | Quantity.SitePosition(site, axis) -> $"{ofAxis axis} of site `{site}`"
    | Quantity.Model number -> ofModel number

/// A number of an observation. Computed ones are logarithms of one quantity, differences of two,
/// or the distance of a point from a sphere.
let ofTerm term =
    match term with
    | Term.Read quantity -> ofQuantity quantity
    | Term.Computed(_, formula) ->
        match formula.Of |> List.map ofQuantity with
        | [ x ] -> $"log(1 + {x})"
        | [ a; b ] -> $"{a} − {b}"
        | _ -> "distance of the tip from the surface of the target"
