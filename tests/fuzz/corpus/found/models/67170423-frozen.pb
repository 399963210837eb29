
J
xPlaceholder*
shape
:*
dtype0
9
onesConst*
uvalueBoqÓìPĞÃö,¡