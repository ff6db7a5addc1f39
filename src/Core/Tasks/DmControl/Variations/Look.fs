/// Colours of the models with variations, which differ from the plain models' colours.
module internal MtrlFunctional.Tasks.DmControl.Look

let private colour element name attribute values =
    Variation.change $"asset/{element}[@name='{name}']" attribute (Variation.numbers values)

let private floor squares others = [
    colour "texture" "skybox" "markrgb" [ 0.0m; 0.0m; 0.0m ]
    colour "texture" "grid" "rgb1" squares
    colour "texture" "grid" "rgb2" others
    colour "texture" "grid" "markrgb" squares
]

/// A grey floor.
let grey = floor [ 0.1m; 0.1m; 0.1m ] [ 0.2m; 0.2m; 0.2m ]

/// A blue floor; decoration in the colour of the robot.
let blue =
    floor [ 0.1m; 0.1m; 0.4m ] [ 0.2m; 0.2m; 0.8m ]
    @ [ colour "material" "decoration" "rgba" [ 0.7m; 0.5m; 0.3m; 1.0m ] ]
